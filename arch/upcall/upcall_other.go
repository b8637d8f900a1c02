//go:build !riscv64

package upcall

// On other machines there is no U-mode to enter; what is portable of threads is tested
// there.

// Entry, Begin and Critical have no code to name.
func Entry() uint64               { return 0 }
func Begin() uint64               { return 0 }
func Critical() (from, to uint64) { return 0, 0 }

// Code answers 0, for no code.
func Code[F any](F) uint64 { return 0 }

// Enter answers 0: nobody was entered.
func Enter(why, a, b uint64) uint64 { return 0 }

// Resume returns, as if something were pending.
func Resume(*Head, *Save, bool) {}

// Self has nobody to return.
func Self() *Thread { return nil }
