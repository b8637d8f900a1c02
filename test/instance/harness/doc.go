// Package harness runs a package's tests inside an instance, from a test on the
// host.
//
// Build links the test binary of a package as the kernel is linked and makes an
// image of it; the package's tests must import atoll/test/instance, which gives
// the binary its way from the firmware to the tests. Run boots the image, waits
// for the end of the machine and returns what became of each test.
//
// Context: host tests; starts the go command and QEMU, and waits for both.
// Everything is built in the test's own temporary directory.
package harness
