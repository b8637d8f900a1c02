package spans

// Kind says what a message means.
type Kind uint8

// Kinds of messages. Guest is the home's number of the thread.
const (
	// Of the home.
	Open   Kind = 1 + iota // W: program, space, base and size of the RAM: who the guest is
	Enter                  // Part of Number: its registers
	Page                   // W: address, physical address, permissions (0: there is none, it comes home), number of the last shootdown
	Recall                 // it is to come home, when it has run
	Close                  // it comes no more
	Want                   // the rest of its registers is to come

	// Of the host.
	Came    // Part of Number: its registers, with the cause of the trap
	Rest    // Part of Number: all its registers, for one that has come
	Pull    // W: address, permissions that are needed
	Refused // it cannot run here: the registers that the home has sent count
	Full    // there is no memory for its pages: it comes, and no thread is to be sent any more
	numKinds
)

var kindWords = [numKinds]string{"", "open", "enter", "page", "recall", "close", "want", "came", "rest", "pull", "refused", "full"}

// String returns the name.
func (k Kind) String() string {
	if k < numKinds {
		return kindWords[k]
	}
	return "unknown"
}

// Msg is a message between a home and a host: 56 bytes, without padding.
type Msg struct {
	Kind   Kind
	Part   uint8
	Number uint16
	Guest  uint32
	W      [Words]uint64
}

// Words is how many words a message has beside its head.
const Words = 6

// Shoot is a shootdown: the pages of a range of addresses are to be dropped from the replicas of a space.
type Shoot struct {
	Program, Space uint32
	Number         uint64 // of the program's shootdowns; grows
	Lo, Hi         uint64
}

// ShootWords is how many words a Shoot is.
const ShootWords = 4

// Words returns a shootdown as a multicast carries it.
func (s *Shoot) Words() []uint64 {
	return []uint64{uint64(s.Program)<<32 | uint64(s.Space), s.Number, s.Lo, s.Hi}
}

// ShootOf is the reverse of Words.
func ShootOf(w []uint64) Shoot {
	return Shoot{Program: uint32(w[0] >> 32), Space: uint32(w[0]), Number: w[1], Lo: w[2], Hi: w[3]}
}

// Port is what a core's CPU driver does about messages of others. Its methods are called in the
// driver's loop.
type Port interface {
	// Take takes a message of a core.
	Take(from int, m *Msg)
	// Shoot drops what a core says. When it returns no thread here has the pages.
	Shoot(from int, s *Shoot)
	// Died is told that a core has died.
	Died(core int)
	// Idle reports whether nobody wants the hart. Any goroutine may call it.
	Idle() bool
}

// Carrier carries what a core's CPU driver says to others: the monitor. Its methods are for the
// driver's loop, and call back in it.
type Carrier interface {
	// Send sends messages to a core, in their order. They are lost if it dies.
	Send(to int, m ...Msg)
	// Shoot has the cores of a set drop something, and calls done when each has, or is dead.
	Shoot(to uint64, s *Shoot, done func())
	// Living returns the set of cores that are up, this one too.
	Living() uint64
	// Prepare has a core be ready for what is lent to it, and calls done with whether it is.
	Prepare(core int, done func(ready bool))
}
