// Package sv39 is the format of Sv39 page tables: entries as constants and pure
// functions, and a checked walk over a whole table.
//
// Callers: the entry code (builds the first tables with the MMU off) and the
// runtime shim (maps on fault). Walk is for tests: the shim, which sees one table
// at a time through its window, has a walk of its own.
//
// Execution context: everything in entry.go is nosplit, allocates nothing,
// reads no variable and calls nothing, so that it runs on any stack, with the
// MMU off and away from the link address. Walk is ordinary Go.
//
// Terms: level 2 is the root (an entry spans 1 GiB), level 0 the last (4 KiB).
// A branch points to a table one level below, a leaf to memory.
//
// Invariants:
//
//  1. A leaf is made with A set, and with D set if it is writable: harts that
//     do not update them trap instead (section 10.3.2, Svade).
//  2. No function makes an entry that the specification reserves: Leaf answers
//     such a request with the invalid entry 0.
//
// Source: RISC-V Privileged Architecture, sections 10.4 (Sv39), 10.3.1 and
// 10.3.2 (fields and translation, shared with Sv32) and 10.1.11 (satp).
package sv39
