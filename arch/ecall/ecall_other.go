//go:build !riscv64

package ecall

// Kernel answers the calls where there is no CPU driver: a test sets it to code of the
// kernel that runs in the test. Without it there is nobody to call.
var Kernel func(number uint64, r *Registers)

// Call and Wait ask Kernel.
func Call(number uint64, r *Registers) {
	if Kernel == nil {
		r[0] = NoCall
		return
	}
	Kernel(number, r)
}

func Wait(number uint64, r *Registers) { Call(number, r) }

// SyncCode does nothing where no code is written.
func SyncCode() {}
