package sys

import (
	"atoll/arch/ecall"
	"atoll/kernel/abi"
)

// Message is what goes to an endpoint or comes from it.
type Message struct {
	Words [abi.MessageWords]uint64
	// Cap is the capability of which a copy goes with the words, or 0. When a message has
	// come it is the slot that was offered if a capability came with it, or 0.
	Cap Cap
	// Badge is that of the capability through which a message that has come was sent.
	Badge uint32
}

// Where the words stand in the registers.
const firstWord = 2

// Listen has a dispatcher upcalled when a message comes to an endpoint; 0 ends that.
func Listen(endpoint, dispatcher Cap) error {
	return call(abi.CallListen, &ecall.Registers{uint64(endpoint), uint64(dispatcher)})
}

// Send sends a message to an endpoint. It does not wait for who receives it: it fails with
// ErrFull if the endpoint keeps as many messages as it can.
func Send(to Cap, m *Message) error {
	var r ecall.Registers
	m.put(&r)
	r[0] = uint64(to)
	return call(abi.CallSend, &r)
}

// Receive waits until a time for a message, which it writes to m. A capability that comes
// with one goes to an empty slot; without a slot, 0, it fails with ErrNeedSlot and the
// message stays.
func Receive(at Cap, m *Message, slot Cap, until uint64) error {
	r := ecall.Registers{uint64(at), ecall.T0: until, ecall.T2: uint64(slot)}
	err := wait(abi.CallReceive, &r)
	if err == nil {
		m.get(&r, slot)
	}
	return err
}

// Exchange sends a message to one endpoint and waits at another, as one call: who waits at
// the first runs at once (LRPC). A client calls, a server answers and waits for the next
// with it. It waits until a time, which bounds the waiting alone: with ErrTime the message
// has been sent.
func Exchange(to, at Cap, m *Message, slot Cap, until uint64) error {
	var r ecall.Registers
	m.put(&r)
	r[0], r[1] = uint64(to), uint64(at)
	r[ecall.T0], r[ecall.T2] = until, uint64(slot)
	err := wait(abi.CallExchange, &r)
	if err == nil {
		m.get(&r, slot)
	}
	return err
}

// put writes what is sent to the registers.
func (m *Message) put(r *ecall.Registers) {
	copy(r[firstWord:], m.Words[:])
	r[ecall.T1] = uint64(m.Cap)
}

// get reads what has come.
func (m *Message) get(r *ecall.Registers, slot Cap) {
	copy(m.Words[:], r[firstWord:])
	m.Badge, m.Cap = uint32(r[1]), 0
	if r[1]&abi.Came != 0 {
		m.Cap = slot
	}
}
