// Package finisher drives the SiFive test finisher, through which software ends
// the emulator with an exit status ("sifive,test1", "sifive,test0"). Where there
// is none, package arch/semihost does the same.
//
// Callers: whoever ends a run (console contract: run=); one core owns the
// device.
//
// Execution context: any mode, no allocation but in New. No call returns on a
// machine that works; one that does return had no effect.
//
// Source: device-tree binding sifive,test; QEMU, hw/misc/sifive_test.
package finisher
