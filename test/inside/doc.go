// Package inside tests what a program may expect of the instance it runs in: faults
// become Go panics, goroutines are preempted, threads come and go, memory is given
// back, clocks and random numbers are right, and an instance that cannot go on
// says why.
//
// Files *_riscv64_test.go are the tests; they become a test binary that boots as
// the kernel does (package test/instance), on one hart of a machine with two, so
// that there is a partition which is not its own. Tests TestEnd* end the instance
// or need their console read from outside, and have a boot of their own. The other
// files run on the host: they boot the binary and demand that every test passes.
//
// A test that cannot fail is worth nothing: sabotage_test.go holds, for each
// promise, one line of the kernel whose change must make its test fail, and tries
// all of them with ATOLL_SOAK=1.
//
// Context: the package holds only tests.
package inside
