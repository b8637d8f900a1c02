package agree

import "errors"

// phase is what an own operation waits for.
type phase uint8

const (
	idle     phase = iota
	voting         // votes on Prepare
	applying       // that all have applied Do or Decide
)

// flight is an own operation under way. What it is stands in parts.
type flight struct {
	phase   phase
	commit  bool
	seq     uint32
	waiting uint64 // living members that have not answered this phase
}

// Errors of Begin.
var (
	ErrChanging = errors.New("the view is changing: begin when the next is installed")
	ErrWindow   = errors.New("too many operations are in flight")
	ErrConflict = errors.New("in conflict with the state, or with an operation in flight")
)

// BeginOnePhase begins an operation that all members do, and returns its number.
// It must commute with whatever other cores may have in flight. Event Finished ends
// it. An error means that nothing has happened.
func (n *Node) BeginOnePhase(typ uint8, data [Words]uint64) (seq uint32, err error) {
	return n.begin(typ, false, data)
}

// BeginTwoPhase begins an operation that all members must agree to, and returns its
// number. Events Decided and Finished say how it ends. An error means that nothing
// has happened.
func (n *Node) BeginTwoPhase(typ uint8, data [Words]uint64) (seq uint32, err error) {
	return n.begin(typ, true, data)
}

func (n *Node) begin(typ uint8, twoPhase bool, data [Words]uint64) (uint32, error) {
	seq := n.nextSeq + 1
	f := &n.flights[int(seq)&(n.cfg.Window-1)]
	switch {
	case !n.Open():
		return 0, ErrChanging
	case f.phase != idle:
		return 0, ErrWindow
	}
	p := &n.parts[n.slot(n.cfg.Self, seq)] // of an operation that is over, for all
	p.state = nothing
	op := &p.op
	op.Coord, op.Type, op.TwoPhase, op.Seq, op.Life = uint8(n.cfg.Self), typ, twoPhase, seq, n.cfg.Life
	op.Data = data
	kind := Do
	switch {
	case !twoPhase && !n.cfg.State.Check(op) || twoPhase && !n.cfg.State.Prepare(op):
		return 0, ErrConflict
	case twoPhase:
		kind, p.state, f.phase = Prepare, prepared, voting
	default:
		n.cfg.State.Do(op)
		p.state, f.phase = done, applying
	}
	f.commit, f.seq, f.waiting = true, seq, n.others()
	n.nextSeq = seq
	n.busy++
	if f.waiting != 0 {
		n.describe(n.out(f.waiting, false), kind, op)
	} else {
		n.advance(f)
	}
	return seq, nil
}

// describe makes an empty message one about an operation.
func (n *Node) describe(m *Msg, kind Kind, op *Op) {
	m.Kind, m.Coord, m.Type, m.View, m.Seq, m.Count = kind, op.Coord, op.Type, n.view.Number, op.Seq, op.Life
	m.Data = op.Data
}

// reply takes answers of the cores in covers.
func (n *Node) reply(covers uint64, m *Msg) {
	cores := m.Mask & covers & n.others()
	if n.view.Number == 0 || newer(n.view.Number, m.View) || m.Count != n.cfg.Life {
		return // repeated, of a view that is over, or meant for an earlier life
	}
	if m.View != n.view.Number || int(m.Coord) != n.cfg.Self || cores != m.Mask || cores == 0 || m.Flag != Voted && m.Flag != Applied {
		n.drop()
		return
	}
	for seq, ops := m.Seq, m.Data[0]; ops != 0; seq, ops = seq+1, ops>>1 {
		if ops&1 != 0 {
			n.answered(seq, m.Flag, cores, m.Data[1])
		}
	}
}

func (n *Node) answered(seq uint32, flag Flag, cores, yes uint64) {
	f := &n.flights[int(seq)&(n.cfg.Window-1)]
	if f.seq != seq || f.phase == idle || (flag == Voted) != (f.phase == voting) {
		return // of a phase that is over
	}
	f.waiting &^= cores
	if flag == Voted && cores&^yes != 0 {
		f.commit = false
	}
	if f.waiting == 0 || !f.commit {
		n.advance(f)
	}
}

// advance ends the phases of an own operation that are over.
func (n *Node) advance(f *flight) {
	if f.phase == voting && (f.waiting == 0 || !f.commit) {
		n.decide(f)
	}
	if f.phase == applying && f.waiting == 0 {
		f.phase = idle
		n.busy--
		n.event(Finished, f.seq, f.commit)
	}
}

// decide ends the first of two phases. One no is enough, whoever has not voted yet.
func (n *Node) decide(f *flight) {
	n.settle(&n.parts[n.slot(n.cfg.Self, f.seq)], f.commit)
	f.phase, f.waiting = applying, n.others()&n.living()
	n.event(Decided, f.seq, f.commit)
	if f.waiting == 0 {
		return
	}
	direct := n.dead() != 0
	if m, bit := n.unsent(Decide, 0, uint8(n.cfg.Self), f.seq, direct, 0); m != nil {
		m.decide(bit, f.commit)
	} else {
		n.decision(n.out(f.waiting, direct), f)
	}
}

// decision makes an empty message the one that tells an operation's outcome.
func (n *Node) decision(m *Msg, f *flight) {
	m.Kind, m.Coord, m.View, m.Seq, m.Count = Decide, uint8(n.cfg.Self), n.view.Number, f.seq, n.cfg.Life
	m.decide(1, f.commit)
}

// decide adds the operation of a bit to a Decide.
func (m *Msg) decide(bit uint64, commit bool) {
	if commit {
		m.Mask |= bit
	} else {
		m.Data[0] |= bit
	}
}

// without ends what own operations wait for of a dead core.
func (n *Node) without(core int) {
	for i := range n.flights {
		if f := &n.flights[i]; f.phase != idle {
			f.waiting &^= 1 << core
			n.advance(f)
		}
	}
}

// Repeat sends once more, directly, what the cores of the set have not answered: a
// tree that lost a core may have lost messages and replies. They go in their order:
// an operation may build on one that this core has decided before.
func (n *Node) Repeat(cores uint64) {
	for i := range n.cfg.Window {
		f := &n.flights[(int(n.nextSeq)+1+i)&(n.cfg.Window-1)]
		op := &n.parts[n.slot(n.cfg.Self, f.seq)].op
		var m Msg
		switch {
		case f.phase == idle:
			continue
		case f.phase == voting:
			n.describe(&m, Prepare, op)
		case op.TwoPhase:
			n.decision(&m, f)
		default:
			n.describe(&m, Do, op)
		}
		n.send(f.waiting&cores, &m)
	}
}
