// Package counters reads what a hart counts and lets U-mode read.
package counters

// Time returns the time CSR, in ticks. All harts of a machine have one time.
func Time() uint64

// Instructions returns instret: how many instructions this hart has retired, in all modes.
func Instructions() uint64
