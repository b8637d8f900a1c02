//go:build race && !riscv64

package ump

// raceDetector makes the searches small: they run one hart at a time, where it
// has nothing to see and costs much. Without it they go to their bounds.
const raceDetector = true
