// Package stdlib runs the standard library's own tests inside an instance: what
// the Go runtime promises its programs on Linux, it must keep on the shim.
//
// Each package of the table becomes a test binary that boots as the kernel does
// (packages test/instance and test/instance/harness), on one hart. The table names
// each test that cannot pass, and what it needs and an instance does not have; the
// list must stay true in both directions. Examples are left out: they pass their
// standard output through a pipe.
//
// Without ATOLL_SOAK=1 only a few packages run, those that lean on the scheduler
// and the collector the most.
//
// Context: host tests. The package holds only tests.
package stdlib
