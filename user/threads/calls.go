package threads

import (
	"atoll/arch/counters"
	"atoll/arch/ecall"
	"atoll/arch/upcall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// What threads do. Execution context of all: a thread of a dispatcher.

// Self returns the number of the running thread.
func Self() int { return int(at(self().Frame).current) }

// Yield lets the other threads run that are ready.
func Yield() { upcall.Enter(whyYield, 0, 0) }

// Spawn makes another thread, and returns its number, 0 if there are as many as there are
// stacks. Its function is no closure.
func Spawn(f func(uint64), word uint64) int {
	return int(upcall.Enter(whySpawn, upcall.Code(f), word))
}

// Sleep waits until a time, or until somebody wakes the thread, and reports whether the
// time has come. A time that has passed lets the thread run on. A Wake before it ends it
// at once.
func Sleep(until uint64) bool {
	return counters.Time() >= until || upcall.Enter(whySleep, until, never) != 0
}

// Wake ends a thread's Sleep, or else its next one.
func Wake(thread int) { upcall.Enter(whyWake, uint64(thread), 0) }

// Message is what goes to an endpoint or comes from it.
type Message struct {
	Words [abi.MessageWords]uint64
	Badge uint32
}

// Receive takes a message from an endpoint to which the dispatcher listens (CallListen),
// and lets other threads run until there is one, or until a time: ErrTime. Messages with
// capabilities stay: ErrNeedSlot.
func Receive(endpoint capability.Address, m *Message, until uint64) abi.Error {
	for {
		told := at(self().Frame).told
		r := ecall.Registers{uint64(endpoint)} // until 0: it does not wait
		ecall.Call(abi.CallReceive, &r)
		switch e := abi.Error(r[0]); {
		case e == abi.OK:
			copy(m.Words[:], r[2:])
			m.Badge = uint32(r[1])
			return abi.OK
		case e != abi.ErrTime:
			return e
		}
		if upcall.Enter(whySleep, until, told) != 0 {
			return abi.ErrTime
		}
	}
}

// Send sends a message to an endpoint, and does not wait: ErrFull.
func Send(endpoint capability.Address, m *Message) abi.Error {
	r := ecall.Registers{uint64(endpoint)}
	copy(r[2:], m.Words[:])
	ecall.Call(abi.CallSend, &r)
	return abi.Error(r[0])
}
