package agree

import (
	"fmt"
	"math/bits"
)

// Config is what a node is made of.
type Config struct {
	Self   int
	Cores  int    // of the machine, numbers 0 to Cores-1
	Life   uint32 // own incarnation, from 1
	Window int    // operations in flight of one coordinator, a power of two up to 64
	Batch  bool   // several replies and decisions in one message, where they meet
	State  State
	// Reborn says, by firmware's word of now, whether a core whose last known life is
	// over may have begun another. It is asked before a first view is founded.
	Reborn func(core int, life uint32) bool
}

// life is what is known of a core's latest life.
type life struct {
	number uint32
	state  lifeState
}

type lifeState uint8

const (
	unknown lifeState = iota
	up
	down
)

// Node is one core's part in the agreement. Not safe for concurrent use. What every
// step of an operation needs stands first: the farther ones take a longer way to their
// address.
type Node struct {
	cfg  Config
	me   uint64 // this core as a set
	gone uint64 // members of the view whose lives are over

	outs    []Out
	events  []Event
	dropped uint64

	// Operations: own ones in flight, the last in each slot of each coordinator,
	// and those of a view that is not installed yet.
	nextSeq uint32
	flights []flight
	busy    int // flights under way
	parts   []part
	kept    []keep

	view  View   // Number 0 = none yet
	rec   record // of view; without a view, that of the snapshot held, if any
	lives [MaxCores]life

	// The change of view under way.
	change   change // a join that this core has been told of
	later    Msg    // a join of the view that this core is about to enter
	attempt  attempt
	reported reported // what others were last told
	reports  []report // by core, what was last told to this one
	claims   []part   // operations that reports say were applied
	asked    uint64   // cores whose record may come
	told     uint64   // cores that know that this one has no view
	stage    stage    // the record that is coming in
	held     held     // without a view: whose snapshot this core holds

	item [ItemWords]uint64 // of a snapshot, off the stack
}

// New returns a node without a view. It panics if the configuration cannot be.
func New(c Config) *Node {
	switch {
	case c.Cores < 1 || c.Cores > MaxCores || c.Self < 0 || c.Self >= c.Cores || c.Life == 0:
		panic(fmt.Sprintf("agree: core %d, incarnation %d, of %d cores cannot be", c.Self, c.Life, c.Cores))
	case c.State == nil || c.Reborn == nil:
		panic("agree: a node needs a State and Reborn")
	case c.Window < 1 || c.Window > 64 || bits.OnesCount(uint(c.Window)) != 1:
		panic(fmt.Sprintf("agree: a window of %d is not a power of two up to 64", c.Window))
	}
	slots := c.Cores * c.Window
	n := &Node{
		cfg:     c,
		me:      1 << c.Self,
		flights: make([]flight, c.Window),
		parts:   make([]part, slots),
		kept:    make([]keep, slots),
		reports: make([]report, c.Cores),
		claims:  make([]part, slots),
		// A step of an operation sends one message for each of 64 bits at most; a
		// change of view may send more, and then makes room for itself.
		outs:   make([]Out, 0, slots+64),
		events: make([]Event, 0, 3*c.Window+2),
	}
	n.rec.outcomes = make([]Op, 0, slots)
	n.stage.rec.outcomes = make([]Op, 0, slots)
	n.stage.from, n.held.from = -1, -1
	n.lives[c.Self] = life{c.Life, up}
	n.move()
	return n
}

// Outs returns what is to be sent, Events what has happened, since Clear. Both are
// the node's own memory.
func (n *Node) Outs() []Out     { return n.outs }
func (n *Node) Events() []Event { return n.events }

// Clear forgets what Outs and Events returned.
func (n *Node) Clear() { n.outs, n.events = n.outs[:0], n.events[:0] }

// Take is Outs and Clear in one. What it returns is the caller's, also while he steps the
// node, which takes what he gives for it: what he had before.
func (n *Node) Take(instead []Out) []Out {
	outs := n.outs
	n.outs, n.events = instead[:0], n.events[:0]
	return outs
}

// View returns the installed view, read-only. Its number is 0 before the first.
func (n *Node) View() *View { return &n.view }

// Dropped is how many messages were nonsense or came from no one known to be up.
func (n *Node) Dropped() uint64 { return n.dropped }

// Open reports whether operations may begin: there is a view, and it does not
// change.
func (n *Node) Open() bool {
	return n.view.Number != 0 && n.change.joiners == 0 && n.dead() == 0
}

// NextSeq returns the number that the next own operation will have: its events may
// come in the step that begins it.
func (n *Node) NextSeq() uint32 { return n.nextSeq + 1 }

// Pending returns how many own operations are in flight.
func (n *Node) Pending() int { return n.busy }

// EventKind says what has happened.
type EventKind uint8

// Events.
const (
	// Decided: the outcome of an own two-phase operation is known. If this core dies
	// now, the survivors may still abort it.
	Decided EventKind = 1 + iota
	// Finished: an own operation was applied, or aborted, by all living members. No
	// death changes that.
	Finished
	// Installed: there is a new view.
	Installed
)

// Event is something that has happened.
type Event struct {
	Kind   EventKind
	Seq    uint32
	Commit bool // Decided, Finished: the outcome. A one-phase operation has but one.
}

func (n *Node) event(kind EventKind, seq uint32, commit bool) {
	n.events = append(n.events, Event{kind, seq, commit})
}

// drop counts a message that is nonsense.
func (n *Node) drop() { n.dropped++ }

// Step takes a message of which from is the originator: by a tree, not the last
// that passed it on. What a core sends to all comes in its order, and so does all else
// from it; between the two, and for repeats, there is none. So a core may change its
// tree only while nothing of its own is in flight.
func (n *Node) Step(from int, m *Msg) {
	if from < 0 || from >= n.cfg.Cores || from == n.cfg.Self || n.lives[from].state != up {
		n.drop()
		return
	}
	switch m.Kind {
	case Do, Prepare, Decide:
		n.participate(from, m)
		return
	case Reply:
		n.Gathered(1<<from, m)
		return
	case Report:
		n.onReport(from, m)
	case Known:
		n.onKnown(from, m)
	case Install, Member, Outcome, Item:
		n.onRecord(from, m)
	case Change:
		n.onChange(from, m)
	case Ready:
		n.onReady(from, m)
	case Entered:
		n.onEntered(from, m)
	case Ask:
		n.onAsk(from, m)
	default:
		n.drop()
	}
	n.move()
}

// Gathered takes a Reply that was gathered from several cores: covers are those that
// whoever it came from may speak for.
func (n *Node) Gathered(covers uint64, m *Msg) {
	if m.Kind != Reply {
		n.drop()
		return
	}
	if n.reply(covers, m); !n.Open() {
		n.move() // a change may wait for the end of what is in flight
	}
}

// move takes all steps of a view change that can be taken now.
func (n *Node) move() {
	for {
		before := n.view.Number
		if before == 0 {
			n.moveOutside()
		} else if n.report(); n.leader() == n.cfg.Self {
			n.lead()
		}
		if n.view.Number == before {
			return
		}
	}
}

// out puts an empty message on its way, for the caller to fill in where it stands:
// copies of messages were a third of what an operation took.
func (n *Node) out(to uint64, direct bool) *Msg {
	at := len(n.outs)
	if at == cap(n.outs) { // a change of view
		n.outs = append(n.outs, Out{})
	}
	n.outs = n.outs[:at+1]
	o := &n.outs[at]
	o.To, o.Direct = to, direct
	o.Msg = Msg{}
	return &o.Msg
}

// send puts a message between two cores, or several, on its way.
func (n *Node) send(to uint64, m *Msg) {
	if to &^= n.me; to != 0 {
		*n.out(to, true) = *m
	}
}

// others are the members but this one.
func (n *Node) others() uint64 { return n.view.Members &^ n.me }

// living are the members that are not known to be dead.
func (n *Node) living() uint64 { return n.view.Members &^ n.dead() }

// leader is the living member that leads a change of the view.
func (n *Node) leader() int { return n.view.senior(n.living()) }

func (n *Node) slot(coord int, seq uint32) int {
	return coord*n.cfg.Window + int(seq)&(n.cfg.Window-1)
}

// newer compares sequence numbers, which wrap.
func newer(a, b uint32) bool { return int32(a-b) > 0 }
