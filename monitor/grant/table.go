package grant

import (
	"errors"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/kernel"
)

// Bounds.
const (
	// MaxGrants bounds the grants that a core has given, and those that it holds.
	MaxGrants = 1024
	// MaxPages bounds the frames of one grant: mapping them keeps an event loop busy.
	MaxPages = 1024
)

// Port is what a table needs of the monitor and of the hart.
type Port interface {
	// Send sends to a core whose channel is linked; it fails if that is lost.
	Send(core int, m *Msg) error
	// Life is the incarnation of a core that the channel to it is linked with, 0 if none.
	Life(core int) uint32
	// Stopped reports whether firmware says that a core's hart has stopped.
	Stopped(core int) bool
	// MapFrames maps frames of a user pool, and returns them as memory outside the Go
	// heap. It maps all or, with an error, none. UnmapFrames takes them away again;
	// the memory must not be touched afterwards.
	MapFrames(pa, pages uint64, perm layout.Perm) ([]byte, error)
	UnmapFrames(pa, pages uint64)
}

// Table is what one core has given and what it holds. It belongs to the event loop.
type Table struct {
	port Port
	plan *plan.Plan
	self int
	life uint32

	pool    *kernel.Frames
	memory  map[*Memory]bool
	given   map[uint32]*Given
	held    map[key]*Held
	takers  [numPurposes]func(*Held) Why
	nextID  uint32
	changes uint64
	asked   [plan.MaxCores]uint32 // life of a core that waits for our Clear, 0 = none
	opening opening

	// Dropped counts messages that could not be.
	Dropped uint64
	// Busy reports whether this core has something else of a core's memory from an earlier life
	// of that. Whoever has it set calls Recheck when that may have ended. It may be nil.
	Busy func(core int) bool
}

// key names a grant at its holder.
type key struct {
	core int
	id   uint32
}

// New makes the table of a core in the life of that number.
func New(port Port, p *plan.Plan, self int, life uint32) *Table {
	u := p.Cores[self].User
	return &Table{port: port, plan: p, self: self, life: life, pool: kernel.NewFrames(u.Base, u.Size),
		memory: map[*Memory]bool{}, given: map[uint32]*Given{}, held: map[key]*Held{}}
}

// Take has f called for each grant of a purpose, when it has been mapped and before the
// granter is told; f returns 0, or why the grant is not wanted. It must keep no part of
// one that it does not want.
func (t *Table) Take(p Purpose, f func(*Held) Why) { t.takers[p] = f }

// Frames returns how many frames of the user pool are free.
func (t *Table) Frames() uint64 { return t.pool.Free() }

// Pool returns the user pool, of which others may take frames when it is open (WhenOpen).
func (t *Table) Pool() *kernel.Frames { return t.pool }

// receivers act on messages by their kind, and report whether those can be.
var receivers = [numKinds]func(t *Table, core int, m *Msg) bool{
	Offer:    (*Table).offered,
	Accept:   (*Table).accepted,
	Refuse:   (*Table).refused,
	Revoke:   (*Table).revoked,
	Returned: (*Table).returned,
	Ask:      (*Table).askedClear,
	Clear:    (*Table).cleared,
}

// Receive takes a message of another core.
func (t *Table) Receive(core int, m *Msg) {
	if m.Kind == 0 || m.Kind >= numKinds || !receivers[m.Kind](t, core, m) {
		t.Dropped++
	}
}

// ErrDead is why a grant has ended at one end when the other is dead.
var ErrDead = errors.New("the other core is dead")

// Dead takes firmware's word that a core is dead in all lives up to this one: what it
// held is free, and what it has granted is unmapped. What it had sent has been received.
func (t *Table) Dead(core int, life uint32) {
	for _, g := range t.given {
		if g.Core == core && g.Life <= life {
			t.end(g, ErrDead)
		}
	}
	for _, h := range t.held {
		if h.Core == core && h.Life <= life {
			t.finish(h, ErrDead)
		}
	}
	if t.asked[core] <= life {
		t.asked[core] = 0
	}
	t.advance()
}

// Lost takes note that the channel to a core is lost although the core may live: what
// waits for its word ends with an error. The frames stay out.
func (t *Table) Lost(core int, why error) {
	for _, g := range t.given {
		if g.Core == core {
			g.answer(why)
		}
	}
}

// Linked takes note that the channel to a core is linked with a new life of it. Its
// earlier ones are over.
func (t *Table) Linked(core int) {
	if life := t.port.Life(core); life > 0 {
		t.Dead(core, life-1)
	}
}
