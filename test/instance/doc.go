// Package instance runs the tests of another package inside an instance: a test
// binary that imports it boots like the kernel, on one hart, and ends the machine
// with the tests' status.
//
// The flags of the test binary come from the boot argument run=, as in
// run="-test.v -test.short".
package instance
