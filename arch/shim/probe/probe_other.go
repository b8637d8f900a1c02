//go:build !riscv64

package probe

// Hold holds nothing: there are no such registers.
func Hold(in, out *Registers, rounds uint64) {}
