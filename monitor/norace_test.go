//go:build !race

package monitor

const every = 1
