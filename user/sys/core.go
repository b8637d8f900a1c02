package sys

import (
	"atoll/arch/ecall"
	"atoll/kernel/abi"
)

// TakeIRQ makes the capability to an interrupt source that nobody has in an empty slot, and in
// another, unless it is 0, that to the frame of the registers of its device. It takes the
// capability to the core, abi.SlotKernel, which few programs have, and waits until a time.
// It fails with ErrSource or ErrOwned.
func TakeIRQ(kernel Cap, source uint64, irq, registers Cap, until uint64) error {
	return wait(abi.CallTakeIRQ, &ecall.Registers{uint64(kernel), source, uint64(irq), uint64(registers), ecall.T0: until})
}

// BindIRQ has an endpoint get a message {source, count} when there has been an interrupt.
func BindIRQ(irq, endpoint Cap) error {
	return call(abi.CallBindIRQ, &ecall.Registers{uint64(irq), uint64(endpoint)})
}

// AckIRQ lets an interrupt come again.
func AckIRQ(irq Cap) error { return call(abi.CallAckIRQ, &ecall.Registers{uint64(irq)}) }

// CoreState is what Core says of the core.
type CoreState struct {
	Core  uint64 // its number
	Caps  uint64 // capabilities that there are
	Free  uint64 // pages of RAM that nobody has
	Pages uint64 // pages of RAM in all
}

// Core returns the state of the core whose capability this is.
func Core(kernel Cap) (CoreState, error) {
	r := ecall.Registers{uint64(kernel)}
	if err := call(abi.CallCore, &r); err != nil {
		return CoreState{}, err
	}
	return CoreState{r[1], r[2], r[3], r[4]}, nil
}
