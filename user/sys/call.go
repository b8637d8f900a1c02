package sys

import (
	"atoll/arch/ecall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Cap is a capability of the program's: the address of its slot in the program's table.
type Cap = capability.Address

// The number is the same for who is not there and for what is not served.
const _ = uint(ecall.NoCall-abi.ErrNoCall) + uint(abi.ErrNoCall-ecall.NoCall)

// call makes a call that does not wait.
func call(number uint64, r *ecall.Registers) error {
	ecall.Call(number, r)
	return result(r)
}

// wait makes a call that may wait.
func wait(number uint64, r *ecall.Registers) error {
	ecall.Wait(number, r)
	return result(r)
}

// result returns the error in a0. Linux has none of these calls and answers with an error
// of its own, -ENOSYS.
func result(r *ecall.Registers) error {
	const noSys = -38 & (1<<64 - 1)
	switch e := abi.Error(r[0]); e {
	case abi.OK:
		return nil
	case noSys:
		return abi.ErrNoCall
	default:
		return e
	}
}

// Null does nothing: what a call costs.
func Null() error { return call(abi.CallNull, &ecall.Registers{}) }
