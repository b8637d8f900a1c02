// Package bootargs reads the kernel command line, which the firmware hands over
// as /chosen/bootargs.
//
// The planner calls it for cores=, every instance for the rest. It is pure: a
// string goes in, a value comes out; it may allocate and keeps no state.
//
// Grammar. Arguments are separated by blanks. Double quotes keep blanks (and
// semicolons) together and may stand anywhere in an argument; a backslash makes
// a following double quote or backslash literal, inside and outside quotes, and
// is itself before anything else. So
//
//	run="cores; echo \"a; b\"; ping 0 1" cores=4
//
// gives run the text `cores; echo "a; b"; ping 0 1`, which the console then
// splits by the same rules (package monitor/console).
//
// Invariants:
//  1. No command line is fatal. What is unknown or malformed is left at its
//     default and becomes one sentence in Problems (FuzzParse).
//  2. A run= that was cut off is never run in part: a kernel told to run
//     something it cannot read still has a run, an empty one, which the console
//     answers with NoRun and exit status 2 instead of waiting for a person.
package bootargs
