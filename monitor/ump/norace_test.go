//go:build !race && !riscv64

package ump

const raceDetector = false
