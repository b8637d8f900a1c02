// Package entropy makes the random seeds that the cores are born with.
//
// Callers: the planner, once, for Row.Seed. The device tree's rng-seed stays in
// memory, which nobody maps after the planner; the seeds stand in the plan, which
// every core maps (docs/CAVEATS.md).
//
// Execution context: ordinary Go, allocates. Portable.
//
// Terms: rng-seed is the property of /chosen in which firmware or an emulator
// hands over random bytes (Devicetree Specification and the Linux binding of
// /chosen). Weak values are what differs between boots without being secret:
// the time CSR at several moments, hart ids, the wall clock.
//
// Invariants:
//
//  1. Seeds of different cores differ, and one does not reveal another: each is
//     a SHA-256 digest of a secret root and the core number.
//  2. Without a good rng-seed the seeds are still different in each boot as far
//     as the weak values are, but can be guessed: Quality says Weak, and whoever
//     makes keys from them must know.
package entropy
