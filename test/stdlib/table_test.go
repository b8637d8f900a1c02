package stdlib

import "time"

// What some tests need and an instance does not have.
const (
	files     = "files"
	processes = "processes (the test executes itself)"
	sockets   = "sockets"
	mprotect  = "mprotect"
)

// pkg is a package of the standard library and what is expected of its tests.
type pkg struct {
	path     string
	quick    bool              // runs without ATOLL_SOAK=1 too
	pattern  string            // of the tests to run, if not all
	excused  map[string]string // test: what it needs and an instance lacks
	imports  []string          // further packages for the test binary
	deadline time.Duration     // if more than usual
}

var packages = []pkg{
	{path: "sync", quick: true, excused: map[string]string{
		"TestMutexMisuse": processes,
		"TestIssue76126":  processes,
	}},
	{path: "sync/atomic", quick: true},
	{path: "sort", quick: true},
	{path: "container/heap", quick: true},
	{path: "container/list", quick: true},
	{path: "container/ring", quick: true},
}
