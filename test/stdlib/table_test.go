package stdlib

import "time"

// What some tests need and an instance does not have.
const (
	files     = "files"
	pipes     = "pipes"
	processes = "processes (the test executes itself)"
	sockets   = "sockets"
	mprotect  = "mprotect"
	mincore   = "mincore"
	proc      = "/proc"
)

// pkg is a package of the standard library and what is expected of its tests.
type pkg struct {
	path  string
	quick bool // runs without ATOLL_SOAK=1 too
	// excused are the tests that fail, each with what it needs and an instance
	// lacks. fatal are those that even end the test binary: each has a boot of its
	// own.
	excused, fatal map[string]string
	imports        string        // a package that this one's own tests cannot start without
	deadline       time.Duration // if more than usual
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
	{path: "context", quick: true},
	{path: "runtime", deadline: 15 * time.Minute, excused: map[string]string{
		"TestArenaCollision":           processes,
		"TestCrashWhileTracing":        processes,
		"TestDecorateMappings":         proc,
		"TestFinalizerRegisterABI":     processes,
		"TestG0StackOverflow":          processes,
		"TestMemHashGlobalSeed":        processes,
		"TestMincoreErrorSign":         mincore,
		"TestNonblockingPipe":          pipes,
		"TestRuntimePanic":             processes,
		"TestSchedPauseMetrics":        files,
		"TestSignalM":                  pipes,
		"TestTracebackRuntimeFunction": processes,
		"TestTracebackRuntimeMethod":   processes,
		"TestTracebackSystem":          processes,
	}},
	{path: "internal/runtime/atomic"},
	{path: "internal/runtime/maps"},
	{path: "internal/sync"},
	{path: "time", imports: "time/tzdata", excused: map[string]string{
		"TestEnvTZUsage":                 files,
		"TestLoadLocationFromTZDataSlim": files,
	}},
	{path: "reflect"},
	{path: "unique", quick: true},
	{path: "weak", quick: true},
	{path: "iter"},
	{path: "errors"},
	{path: "fmt"},
	{path: "strings"},
	{path: "bytes", excused: map[string]string{
		"TestCountNearPageBoundary":     mprotect,
		"TestEqualNearPageBoundary":     mprotect,
		"TestIndexByteNearPageBoundary": mprotect,
		"TestIndexNearPageBoundary":     mprotect,
	}},
	{path: "bufio", excused: map[string]string{
		"TestCopyUnixpacket": sockets,
	}},
	{path: "slices"},
	{path: "maps"},
	{path: "strconv"},
	{path: "unicode/utf8"},
	{path: "regexp", excused: map[string]string{
		"TestRE2Search": files,
	}},
	{path: "math"},
	{path: "math/big", deadline: 6 * time.Minute},
	{path: "math/bits"},
	{path: "math/rand"},
	{path: "hash/crc32"},
	{path: "hash/maphash"},
	{path: "crypto/sha256"},
	{path: "index/suffixarray"},
	{path: "encoding/binary"},
	{path: "encoding/gob", deadline: 6 * time.Minute},
	{path: "encoding/json", fatal: map[string]string{
		"TestHTTPDecoding": sockets,
	}},
}
