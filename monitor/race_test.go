//go:build race

package monitor

// every says which of many like cases run: under the race detector, with which each takes
// ten times as long, every tenth. All of them run without it, too.
const every = 10
