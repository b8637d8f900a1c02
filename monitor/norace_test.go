//go:build !race

package monitor

func fewer(n uint64) uint64 { return n }
