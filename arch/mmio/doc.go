// Package mmio loads and stores device registers.
//
// Callers: drivers, through drivers/reg, and early code that has no driver yet.
//
// Execution context: any mode and stack, with or without a Go runtime, MMU on
// or off; the address is virtual or physical accordingly. No allocation, no
// variables, nosplit. An address without a device behind it traps.
//
// Each function performs exactly one plain load or store of its size (LBU, LHU,
// LWU, LD, SB, SH, SW, SD). The compiler may merge, split or repeat an ordinary
// Go access, and sync/atomic compiles to LR and AMO instructions, which an I/O
// region need not support (Privileged Architecture, section 3.6.3, "Atomicity
// PMAs"): hence assembly.
//
// # Ordering
//
// RVWMO orders I/O against memory, and in a relaxed I/O region also I/O against
// I/O, only where a FENCE says so (Unprivileged ISA, section 2.7; Privileged
// Architecture, section 3.6.5, "Memory-Ordering PMAs"). The accesses of one
// hart through this package take place in program order, and around them:
//
//	load:   FENCE O,I      a register written before is read back as it now is
//	        the load
//	        FENCE I,IORW   what the status says is true for all that follows:
//	                       data that the device wrote to memory, other
//	                       registers, the time CSR (its read counts as input)
//	store:  FENCE IORW,O   descriptors and data stand in memory, and earlier
//	                       registers are written, before the device is told
//	        the store
//
// Not promised: that a store has reached its device when the function returns.
// Read a register of that device back where this matters.
//
// Invariant: no LR, SC or AMO instruction in this package or in a driver that
// touches registers; the scan test of drivers/reg reads the machine code.
package mmio
