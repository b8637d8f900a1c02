package sys

import (
	"atoll/arch/ecall"
	"atoll/kernel/abi"
)

// Configured says what a dispatcher runs with. What is 0 stays as it is.
type Configured struct {
	CNode   Cap    // root of its table of capabilities
	Space   Cap    // its root page table, or abi.OwnSpace for the caller's address space
	Frame   Cap    // begins with an abi.Frame
	Address uint64 // of that frame in its address space
}

// Configure gives a dispatcher that does not run its table of capabilities, its address
// space and the frame that it shares with the CPU driver.
func Configure(d Cap, c Configured) error {
	return call(abi.CallConfigure, &ecall.Registers{
		uint64(d), uint64(c.CNode), uint64(c.Space), uint64(c.Frame), c.Address,
	})
}

// Start lets a dispatcher run from a program counter on, with a stack pointer, and a word
// in a0. It takes as many calls as it takes: those are told first who wait for an answer of
// one that was stopped.
func Start(d Cap, pc, sp, word uint64) error {
	for {
		if err := call(abi.CallStart, &ecall.Registers{uint64(d), pc, sp, word}); err != abi.ErrAgain {
			return err
		}
	}
}

// Stop lets a dispatcher run no more, until it is started again.
func Stop(d Cap) error { return call(abi.CallStop, &ecall.Registers{uint64(d)}) }

// Weight says how many shares of the hart a dispatcher has.
func Weight(d Cap, shares uint64) error {
	return call(abi.CallWeight, &ecall.Registers{uint64(d), shares})
}

// Inspected is what Inspect sees.
type Inspected struct {
	State abi.State
	Cause uint64 // of the fault, if the state is StateFaulted: scause
	Value uint64 // stval
	PC    uint64
}

// Inspect returns what a dispatcher does.
func Inspect(d Cap) (Inspected, error) {
	r := ecall.Registers{uint64(d)}
	err := call(abi.CallInspect, &r)
	if err != nil {
		return Inspected{}, err
	}
	return Inspected{abi.State(r[1]), r[2], r[3], r[4]}, nil
}

// Yield ends the caller's turn: a dispatcher runs next, or with 0 whose turn it is.
func Yield(d Cap) error { return wait(abi.CallYield, &ecall.Registers{uint64(d)}) }

// Resume enables the calling dispatcher with the registers of an abi.Save at an offset in
// its frame. It returns only if that is refused, and always to a thread of a Linux process,
// which has no frame.
func Resume(offset uint64) error { return call(abi.CallResume, &ecall.Registers{offset}) }

// Wait waits for whatever the calling dispatcher would be told by an upcall, or until a
// time, and then fails with ErrTime.
func Wait(until uint64) error { return wait(abi.CallWait, &ecall.Registers{until}) }
