// Package aplic drives one domain of an Advanced Platform-Level Interrupt Controller:
// what the wires of devices do, and how a hart learns of it, by a wire of its own or by
// a message to its interrupt file.
//
//	Domain   the domain's registers; one core a domain at a time.
//	IDC      a hart's interrupt delivery control, in a domain with wires to the harts
//	         ("direct delivery mode"). All of them lie in few pages, so the domain's
//	         owner reaches every one and is the only one to use any.
//
// Terms: a source is a wire, from 1. A target is the hart, by the number that the
// controller gives it, and with messages their identity at that hart.
//
// Execution context: S-mode. No allocation but in New..., no unbounded loop. An IDC may
// be used in a trap handler.
//
// Invariants:
//
//  1. Only sources that exist are written. One that the domain does not have, since the
//     firmware has not delegated it, keeps its configuration at 0, and Route says so.
//  2. Nothing has to be completed with wires: a level-sensitive source is pending as
//     long as its wire is active. With messages a source sends one when its wire becomes
//     active, and no other while it stays so: hence Again, after its device was served.
//
// Source: The RISC-V Advanced Interrupt Architecture 1.0, chapter 4; the section stands
// with each function.
package aplic
