package monitor

import (
	"errors"

	"atoll/monitor/agree"
	"atoll/monitor/ump"
)

// trialCosts are nanoseconds of one operation of two Nodes on this core that a channel
// to itself joins: all that both cores do for it, but for their event loops. Under an
// emulator that counts instructions (-icount shift=0) a nanosecond is an instruction.
type trialCosts struct{ OnePhase, TwoPhase float64 }

var errLonely = errors.New("two Nodes on one core do not agree")

// measureTrialCosts makes so many operations of each kind.
func (m *Monitor) measureTrialCosts(rounds int) (c trialCosts, err error) {
	l, err := newLonely()
	if err != nil {
		return c, err
	}
	measure := func(begin func(uint8, [agree.Words]uint64) (uint32, error)) float64 {
		from := m.hart.Now()
		for range rounds {
			if _, e := begin(0, [agree.Words]uint64{}); e != nil {
				err = e
				return 0
			}
			l.settle()
		}
		if l.nodes[0].Pending() != 0 {
			err = errLonely
		}
		return float64(m.hart.Duration(m.hart.Now()-from)) / float64(rounds)
	}
	c.OnePhase = measure(l.nodes[0].BeginOnePhase)
	if err == nil {
		c.TwoPhase = measure(l.nodes[0].BeginTwoPhase)
	}
	return c, err
}

// lonely is two Nodes on one core, and the ends of the channel between them.
type lonely struct {
	nodes [2]*agree.Node
	ends  [2]*ump.Channel
	in    ump.Message
}

// newLonely brings the two into a view.
func newLonely() (l *lonely, err error) {
	l = new(lonely)
	if l.ends[0], l.ends[1], err = loopback(); err != nil {
		return nil, err
	}
	for i := range l.nodes {
		l.nodes[i] = agree.New(agree.Config{Self: i, Cores: 2, Life: 1, Window: 1, State: onNothing{}, Reborn: func(int, uint32) bool { return false }})
	}
	for i, n := range l.nodes {
		n.Up(1-i, 1)
	}
	if l.settle(); !l.nodes[0].Open() {
		return nil, errLonely
	}
	return l, nil
}

// settle carries messages until there are none.
func (l *lonely) settle() {
	for {
		there, back := l.nodes[0].Outs(), l.nodes[1].Outs()
		switch {
		case len(there) > 0:
			l.carry(0, there)
		case len(back) > 0:
			l.carry(1, back)
		default:
			return
		}
	}
}

// carry takes what one node has to say to the other, through the channel.
func (l *lonely) carry(from int, outs []agree.Out) {
	out, in, to := l.ends[from], l.ends[1-from], l.nodes[1-from]
	for i := range outs {
		out.TrySend(trialTold.Number(), trialTold.WordsOf(&outs[i].Msg))
		if in.TryRecv(&l.in) {
			to.Step(from, trialTold.In(&l.in.W))
		}
	}
	l.nodes[from].Clear()
}
