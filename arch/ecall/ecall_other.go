//go:build !riscv64

package ecall

// Call and Wait answer that there is nobody to call.
func Call(_ uint64, r *Registers) { r[0] = NoCall }
func Wait(_ uint64, r *Registers) { r[0] = NoCall }
