// Package gdbstub is a small client of QEMU's gdb stub: it looks into a machine from
// outside, past everything that the kernel says about itself.
//
// Tests dial the socket of a guest that was started with qemu.Options.Debug. Dialing
// stops the machine; the client then reads registers of each hart by name, CSRs
// included, and physical memory; Continue lets the machine run on, Interrupt
// stops it again, and Close leaves it running.
//
// The protocol is the GDB remote serial protocol (GDB manual, appendix "GDB Remote
// Serial Protocol"), with QEMU's Qqemu.PhyMemMode (QEMU, docs/system/gdb.rst).
//
// Context: a host test, one goroutine a client. What the stub answers is checked:
// each method returns an error, never panics. Every exchange has a deadline.
package gdbstub
