package capops

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// Kind says what a message means.
type Kind uint8

// Kinds of messages. All but the numbers name the capability by Type, Base and Size.
const (
	// Of a core that has a copy, to the owner. Op is the sender's number of its request.
	Pass    Kind = 1 + iota // Rights, Core, Channel: give a copy to the end of a channel there
	Revoke                  // delete all other copies, and all that was made of any
	Retype                  // Low, High: may this core make something of that range?
	Dropped                 // Seq: neither a copy nor anything made of one is left here

	// Of the owner. Op is the owner's number of what it does, but in Answer, where it is
	// that of the request.
	Answer // Error
	Give   // Rights, Channel, Seq: a copy
	Mark   // Low, High, 0 in a revoke: it is about to be done
	Commit // it is to be done

	// To the owner, about what it does. Op is its number.
	Took  // Error: why the copy could not be delivered
	Ready // Error: why it cannot be done
	Done
	numKinds
)

var kindWords = [numKinds]string{"", "pass", "revoke", "retype", "dropped", "answer", "give", "mark", "commit", "took", "ready", "done"}

// String returns the name.
func (k Kind) String() string {
	if k < numKinds {
		return kindWords[k]
	}
	return "unknown"
}

// Msg is a message between two nodes: 56 bytes, without padding. Fields that a kind does
// not have are 0.
type Msg struct {
	Kind      Kind
	Type      capability.Type
	Rights    capability.Rights
	Error     uint8
	Op        uint32
	Base      uint64
	Size      uint64
	Low, High uint64
	Channel   uint64
	Core      uint32
	Seq       uint32 // of the owner's gives, from 1
}

// about returns a message about a capability.
func about(k Kind, op uint32, c capability.Cap) Msg {
	return Msg{Kind: k, Op: op, Type: c.Type, Rights: c.Rights, Base: c.Base, Size: c.Size}
}

// cap returns the capability that a message is about.
func (m *Msg) cap() capability.Cap {
	return capability.Cap{Type: m.Type, Rights: m.Rights, Base: m.Base, Size: m.Size}
}

// err returns the error in a message, which is input.
func (m *Msg) err() abi.Error { return abi.Error(m.Error) }

// Out is a message that is to be sent.
type Out struct {
	To int
	Msg
}

// Refusals returns what a core without capabilities, and so without a node, says to a message.
func Refusals(m *Msg) []Msg {
	switch m.Kind {
	case Pass, Revoke, Retype:
		return []Msg{{Kind: Answer, Op: m.Op, Error: uint8(capability.ErrNoSuchCap)}}
	case Give:
		gone := about(Dropped, 0, m.cap())
		gone.Seq = m.Seq
		return []Msg{gone, {Kind: Took, Op: m.Op, Error: uint8(abi.ErrPeerDead)}}
	}
	return nil
}
