// Package plic drives the RISC-V Platform-Level Interrupt Controller. It is
// split as the pages are: no two cores write the same page.
//
//	Owner    priority, pending and enable pages; one core a controller at a
//	         time, which routes sources to itself.
//	Context  threshold and claim/complete; each core's own page, mapped by it
//	         alone.
//
// Terms: a source is an interrupt number, from 1. A context is a hart in one
// privilege mode; its number is the index in interrupts-extended of the
// controller's node, so with several controllers each counts for itself.
//
// Execution context: S-mode. No allocation (but in New...), no loop over
// anything but a context's enable words. Context may be used in a trap handler.
//
// Invariants:
//
//  1. Only contexts and sources that the plan names are ever written; the
//     machine-mode contexts are the firmware's.
//  2. A source that is disabled between claim and completion stays blocked: the
//     controller ignores a completion from a context that has the source
//     disabled. So complete, then disable; or, for a dead core's source, enable
//     it for the successor and complete it there.
//
// Source: RISC-V Platform-Level Interrupt Controller Specification 1.0.0; the
// chapter stands with each function.
package plic
