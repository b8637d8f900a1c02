// Package qemu boots machines in QEMU for tests, on the host.
//
// A test calls Start (or Run, for a boot that ends by itself) with Options. It then
// waits for lines with Expect, types with Send, and takes the exit status with Wait.
// Nothing sleeps: every step waits for the console or for QEMU's end, and the
// whole guest has one deadline. When it passes, or when a test fails, the log
// holds the exact QEMU command and the whole console.
//
// A machine that cannot end QEMU is switched off through QEMU's monitor, by QMP, once
// its exit line has been heard; see Options.NoSwitch.
//
// Where QEMU, the firmware or the image is missing, Start skips the test and says
// why; with ATOLL_REQUIRE_QEMU=1, as in `make test`, that is a failure instead.
//
// Environment: ATOLL_IMAGE names the image (build/atoll.img); ATOLL_TIME_SCALE
// multiplies every deadline, for slow hosts.
//
// Context: a Guest is used by the goroutine of its test; one goroutine of its
// own collects the console. QEMU dies with the test's process, and Cleanup
// reaps it, by its own process id.
package qemu
