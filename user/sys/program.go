package sys

import (
	"atoll/arch/ecall"
	"atoll/kernel/abi"
)

// Run runs a program on a core and waits until a time for its end, at which it is killed; it
// returns the program's status. The program's name and its arguments stand in the first
// bytes of a frame, each with a zero behind it, all in one page. It fails with ErrProgram
// if the core has no such program, or cannot begin it, and with ErrPeerDead if the core dies.
func Run(arguments Cap, bytes uint64, core int, until uint64) (status int, err error) {
	r := ecall.Registers{uint64(arguments), bytes, uint64(core), ecall.T0: until}
	err = wait(abi.CallRun, &r)
	return int(r[1]), err
}
