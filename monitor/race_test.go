//go:build race

package monitor

// fewer is how many of some storms run under the race detector, with which each takes five
// times as long: all of them run without it, too.
func fewer(n uint64) uint64 { return (n + 2) / 3 }
