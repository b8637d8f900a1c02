// Package imsic sends messages to a hart: an interrupt file of its incoming MSI
// controller is a page that takes the number of an interrupt identity and makes that
// pending. The hart's own side of the file is in CSRs, so it is in package shim.
//
// Callers: whoever rings another core. Execution context: any mode, no allocation but in
// New. A store does not wait for the hart.
//
// The page holds two registers that take a number and read as 0, and nothing else; all
// other bytes read as 0 and ignore what is stored (section 3.5). So who can write it can
// make identities pending that its hart has enabled, and see nothing.
//
// Source: The RISC-V Advanced Interrupt Architecture 1.0, chapter 3.
package imsic
