// Package walk reads Sv39 page tables from outside the machine, through anything
// that reads physical memory, and compares what several harts map.
//
// It shares no code with the kernel's own tables (package arch/sv39): the boot test
// uses it to check from outside what the kernel reports of itself, so a mistake in
// the one must not be repeated in the other.
//
// The memory may hold anything; a table that the specification does not allow is an
// error with the entry in it, never a panic or an endless walk.
//
// Context: host tests; pure functions over a Memory.
//
// Source: RISC-V Privileged Architecture, "Sv39: Page-Based 39-bit Virtual-Memory
// System" and "Supervisor Address Translation and Protection (satp) Register".
package walk
