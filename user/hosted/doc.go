// Package hosted lets tests run user code on the host against the CPU driver's own code:
// kernel/domain and kernel/capability serve the native calls, over memory of the test's. The
// test is the only domain there is, with a table of capabilities laid out as any program's
// (kernel/abi, space.go).
//
// What is not the CPU driver's own code here: the RAM behind the memory server, the page walk
// of a hart, and who runs next: goroutines of the test make calls as so many threads would, and
// those that wait go on when they are woken. No time passes, so a bound on a wait is none.
package hosted
