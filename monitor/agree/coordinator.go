package agree

import (
	"errors"
	"math/bits"
)

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
	p := &n.parts[n.slot(n.cfg.Self, seq)]
	op := &n.op
	*op = Op{uint8(n.cfg.Self), typ, twoPhase, seq, n.cfg.Life, data}
	m := n.opMsg(Do, op)
	switch {
	case !n.Open():
		return 0, ErrChanging
	case f.phase != idle:
		return 0, ErrWindow
	case !twoPhase && !n.cfg.State.Check(op) || twoPhase && !n.cfg.State.Prepare(op):
		return 0, ErrConflict
	case twoPhase:
		m.Kind = Prepare
		*p, *f = part{prepared, *op}, flight{voting, true, seq, n.others()}
	default:
		n.cfg.State.Do(op)
		*p, *f = part{done, *op}, flight{applying, true, seq, n.others()}
	}
	n.nextSeq = seq
	n.busy++
	n.multicast(&m)
	n.advance(f)
	return seq, nil
}

func (n *Node) opMsg(kind Kind, op *Op) Msg {
	return Msg{Kind: kind, Coord: op.Coord, Type: op.Type, View: n.view.Number, Seq: op.Seq, Count: op.Life, Data: op.Data}
}

func (n *Node) multicast(m *Msg) {
	if to := n.others() & n.living(); to != 0 {
		n.outs = append(n.outs, Out{To: to, Direct: n.dead() != 0, Msg: *m})
	}
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
	for ops := m.Data[0]; ops != 0; ops &= ops - 1 {
		n.answered(m.Seq+uint32(bits.TrailingZeros64(ops)), m.Flag, cores, m.Data[1])
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
	n.advance(f)
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
	m := n.decision(f)
	if last := n.mergeable(&m); last != nil {
		d := m.Seq - last.Seq
		last.Mask |= m.Mask << d
		last.Data[0] |= m.Data[0] << d
		return
	}
	n.multicast(&m)
}

func (n *Node) decision(f *flight) Msg {
	m := Msg{Kind: Decide, Coord: uint8(n.cfg.Self), View: n.view.Number, Seq: f.seq, Count: n.cfg.Life}
	if f.commit {
		m.Mask = 1
	} else {
		m.Data[0] = 1
	}
	return m
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
			m = n.opMsg(Prepare, op)
		case op.TwoPhase:
			m = n.decision(f)
		default:
			m = n.opMsg(Do, op)
		}
		n.send(f.waiting&cores, &m)
	}
}
