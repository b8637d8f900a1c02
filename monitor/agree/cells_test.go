package agree

import (
	"fmt"
	"testing"
)

// pair is a node, core 1 of three in view 1, and a ledger to look at.
func pair(t *testing.T) (*Node, *ledger) {
	t.Helper()
	l := &ledger{}
	n := New(Config{Self: 1, Cores: 3, Life: 1, Window: 4, State: l, Reborn: never})
	n.Up(0, 1)
	n.Up(2, 1)
	word := uint64(1<<32 | 1)
	n.Step(0, &Msg{Kind: Install, View: 1, Mask: 7, Data: [Words]uint64{word, word, word}})
	if n.view.Number != 1 || !n.Open() {
		t.Fatal("no view")
	}
	n.Clear()
	return n, l
}

// never is a firmware under which nobody comes back unheard of.
func never(int, uint32) bool { return false }

const (
	cellSeq = 5
	cellBit = 1 << 9
)

var cellMsgs = map[string]Msg{
	"do":      {Kind: Do, Coord: 0, View: 1, Seq: cellSeq, Count: 1, Data: [Words]uint64{1, cellBit}},
	"prepare": {Kind: Prepare, Coord: 0, View: 1, Seq: cellSeq, Count: 1, Data: [Words]uint64{1, cellBit}},
	"commit":  {Kind: Decide, Coord: 0, View: 1, Seq: cellSeq, Count: 1, Mask: 1},
	"abort":   {Kind: Decide, Coord: 0, View: 1, Seq: cellSeq, Count: 1, Data: [Words]uint64{1}},
}

// cellStates are how the operation comes into each state.
var cellStates = map[partState][]string{
	nothing: nil, prepared: {"prepare"}, refused: {"conflict", "prepare"}, committed: {"prepare", "commit"},
	aborted: {"prepare", "abort"}, done: {"do"},
}

// enter brings a node's operation into a state.
func enter(t *testing.T, state partState) (*Node, *ledger) {
	n, l := pair(t)
	for _, step := range cellStates[state] {
		if step == "conflict" {
			l.taken[1] = 1
			continue
		}
		m := cellMsgs[step]
		n.Step(0, &m)
	}
	p := &n.parts[n.slot(0, cellSeq)]
	if p.state != state || n.dropped != 0 {
		t.Fatalf("state %d instead of %d", p.state, state)
	}
	n.Clear()
	return n, l
}

// cell is the state after a message, and what is answered.
type cell struct {
	after  partState
	answer string // "" = dropped, "silence" = not even counted
}

// Each cell of the table in the package comment. Sabotage: in repeated, answer a
// Prepare with yes whenever the state is not prepared.
func TestCells(t *testing.T) {
	table := map[partState]map[string]cell{
		nothing:   {"do": {done, "applied"}, "prepare": {prepared, "yes"}, "commit": {nothing, ""}, "abort": {aborted, "applied"}},
		prepared:  {"do": {prepared, ""}, "prepare": {prepared, "yes"}, "commit": {committed, "applied"}, "abort": {aborted, "applied"}},
		refused:   {"do": {refused, ""}, "prepare": {refused, "no"}, "commit": {refused, ""}, "abort": {aborted, "applied"}},
		committed: {"do": {committed, ""}, "prepare": {committed, "yes"}, "commit": {committed, "applied"}, "abort": {committed, ""}},
		aborted:   {"do": {aborted, ""}, "prepare": {aborted, "no"}, "commit": {aborted, ""}, "abort": {aborted, "applied"}},
		done:      {"do": {done, "applied"}, "prepare": {done, ""}, "commit": {done, ""}, "abort": {done, ""}},
	}
	for state := range partStates {
		for name, want := range table[state] {
			t.Run(fmt.Sprintf("%d/%s", state, name), func(t *testing.T) {
				n, l := enter(t, state)
				m := cellMsgs[name]
				n.Step(0, &m)
				judgeCell(t, n, l, want)
			})
		}
	}
}

func judgeCell(t *testing.T, n *Node, l *ledger, want cell) {
	t.Helper()
	if p := &n.parts[n.slot(0, cellSeq)]; p.state != want.after {
		t.Errorf("state %d, want %d", p.state, want.after)
	}
	if got := answered(n); got != want.answer {
		t.Errorf("answer %q, want %q", got, want.answer)
	}
	applied := want.after == committed || want.after == done
	if l.wrong != "" || (l.applied != 0) != applied || (l.locked[1] != 0) != (want.after == prepared) {
		t.Errorf("ledger %+v", *l)
	}
}

// answered says what a node answers.
func answered(n *Node) string {
	switch outs := n.Outs(); {
	case len(outs) == 0 && n.dropped == 1:
		return ""
	case len(outs) == 0:
		return "silence"
	case len(outs) != 1 || n.dropped != 0 || outs[0].To != 1 || outs[0].Msg.Kind != Reply:
		return fmt.Sprint(outs)
	case outs[0].Msg.Flag == Applied:
		return "applied"
	case outs[0].Msg.Data[1] == 2:
		return "yes"
	default:
		return "no"
	}
}

// A later or an earlier operation in the slot. Sabotage: leave !p.over() out of onBegin.
func TestSlot(t *testing.T) {
	for state := range partStates {
		for name, m := range cellMsgs {
			n, _ := enter(t, state)
			m.Seq += 4
			want := map[string]string{"do": "applied", "prepare": "yes", "commit": "", "abort": "applied"}[name]
			if m.Kind != Decide { // another key, and its own bit
				m.Data = [Words]uint64{2, cellBit << 1}
			}
			if state == prepared || state == refused {
				want = ""
			}
			n.Step(0, &m)
			if got := answered(n); got != want {
				t.Errorf("later %s in state %d: %q, want %q", name, state, got, want)
			}
			if state == nothing {
				continue
			}
			n, _ = enter(t, state)
			m = cellMsgs[name]
			m.Seq -= 4
			n.Step(0, &m)
			if got := answered(n); got != "silence" {
				t.Errorf("earlier %s in state %d: %q, want silence", name, state, got)
			}
		}
	}
}

// The coordinator's table: phase by reply or death. Sabotage: in answered, leave out
// the comparison of flag and phase.
func TestCoordinatorCells(t *testing.T) {
	reply := func(core int, flag Flag, yes uint64) Msg {
		return Msg{Kind: Reply, Coord: 1, Flag: flag, View: 1, Seq: 1, Count: 1, Mask: 1 << core, Data: [Words]uint64{1, yes}}
	}
	voted0, no0, applied0 := reply(0, Voted, 1), reply(0, Voted, 0), reply(0, Applied, 1)
	voted2, applied2 := reply(2, Voted, 4), reply(2, Applied, 4)
	cases := []struct {
		name   string
		steps  []any // Msg or the core that dies
		phase  phase
		commit bool
	}{
		{"one vote", []any{voted0}, voting, true},
		{"all votes", []any{voted0, voted2}, applying, true},
		{"one no", []any{no0}, applying, false},
		{"applied is ignored while voting", []any{applied0, applied2}, voting, true},
		{"a vote counts once", []any{voted0, voted0}, voting, true},
		{"a late no is ignored", []any{voted0, voted2, no0}, applying, true},
		{"votes are ignored while applying", []any{voted0, voted2, voted0, voted2}, applying, true},
		{"one applied", []any{voted0, voted2, applied0}, applying, true},
		{"all applied", []any{voted0, voted2, applied0, applied2}, idle, true},
		{"idle", []any{voted0, voted2, applied0, applied2, voted0, no0, applied0}, idle, true},
		{"death is a vote", []any{voted0, 2}, applying, true},
		{"death is applied", []any{voted0, voted2, applied0, 2}, idle, true},
		{"no, then death", []any{no0, 2}, applying, false},
	}
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			n, _ := pair(t)
			if _, err := n.BeginTwoPhase(1, [Words]uint64{1, cellBit}); err != nil {
				t.Fatal(err)
			}
			for _, s := range c.steps {
				switch s := s.(type) {
				case Msg:
					n.Gathered(s.Mask, &s)
				case int:
					n.Dead(s, 1)
				}
			}
			f := n.flights[1]
			if f.phase != c.phase || f.commit != c.commit || n.dropped != 0 {
				t.Errorf("phase %d, commit %v, dropped %d; want %d, %v, 0", f.phase, f.commit, n.dropped, c.phase, c.commit)
			}
		})
	}
}
