//go:build !riscv64

package ump

import (
	"fmt"

	"atoll/arch/order"
)

// weak is shared memory as two harts with a weak memory order may see it: every
// word keeps all values it ever had, and a load may return any that is not older
// than what the hart already knows of. Knowledge passes as fences allow: a store
// carries what its hart knew at its last release fence, an acquire fence adopts
// what came with the values loaded before it, and full fences agree on one
// order. Stores happen in program order of the hart. A load whose value nobody
// needs at once may be late: it happens at the next fence, after later stores.
type weak struct {
	index map[*uint64]int
	words []history
	harts [2]hart
	sc    view // what full fences have agreed on
}

type history []value

type value struct {
	v    uint64
	with view // what an acquire fence after loading it learns
}

// view is the oldest value of each word that may still be seen.
type view []int32

type hart struct {
	now     view // what the next load must respect
	learned view // what the next acquire fence adds
	publish view // what the next store carries
	late    []lateLoad
}

type lateLoad struct{ to, from *uint64 }

func newWeak() *weak { return &weak{index: map[*uint64]int{}} }

// at returns the index of a word; its first value is what real memory holds.
func (m *weak) at(p *uint64) int {
	i, ok := m.index[p]
	if !ok {
		i = len(m.words)
		m.index[p] = i
		m.words = append(m.words, history{{v: *p}})
	}
	return i
}

func (v *view) get(i int) int32 {
	if i < len(*v) {
		return (*v)[i]
	}
	return 0
}

func (v *view) set(i int, t int32) {
	for len(*v) <= i {
		*v = append(*v, 0)
	}
	(*v)[i] = t
}

func (v *view) join(w view) {
	for i, t := range w {
		if t > v.get(i) {
			v.set(i, t)
		}
	}
}

func (v view) clone() view { return append(view(nil), v...) }

// load returns one of the values that hart h may see; choose(n) picks, 0 being
// the newest.
func (m *weak) load(h int, p *uint64, choose func(n int) int) uint64 {
	i, t := m.at(p), &m.harts[h]
	newest := len(m.words[i]) - 1
	k := newest - choose(newest-int(t.now.get(i))+1)
	t.now.set(i, int32(k))
	t.learned.join(m.words[i][k].with)
	return m.words[i][k].v
}

func (m *weak) store(h int, p *uint64, v uint64) {
	i, t := m.at(p), &m.harts[h]
	k := int32(len(m.words[i]))
	t.now.set(i, k)
	with := t.publish.clone()
	with.set(i, k)
	m.words[i] = append(m.words[i], value{v, with})
	*p = v
}

// newest is the choice of a load that must not be old.
func newest(int) int { return 0 }

// perform does the late loads of hart h.
func (m *weak) perform(h int) {
	for _, l := range m.harts[h].late {
		*l.to = m.load(h, l.from, newest)
	}
	m.harts[h].late = nil
}

func (m *weak) fence(h int, kind order.Fence) {
	m.perform(h)
	t := &m.harts[h]
	switch kind {
	case order.Acquire:
		t.now.join(t.learned)
	case order.Release:
		t.publish = t.now.clone()
	case order.Full:
		t.now.join(t.learned)
		t.now.join(m.sc)
		m.sc = t.now.clone()
		t.publish = t.now.clone()
	default:
		panic(fmt.Sprintf("fence %d", kind))
	}
}

// interrupt makes hart h know what the other hart knows: a doorbell is ordered
// after the stores before it.
func (m *weak) interrupt(h int) {
	m.harts[h].now.join(m.harts[1-h].now)
}
