package grant

import (
	"cmp"
	"fmt"
	"slices"

	"atoll/arch/layout"
)

// Memory is a run of frames of the own user pool, mapped read-write here. Whoever has
// made it may use Bytes until it calls Free.
type Memory struct {
	PA, Pages uint64
	Bytes     []byte // cleared at first; not to be touched after Free
	grants    []*Given
	freeing   bool
	freed     func()
}

// Given is a grant, as its granter knows it.
type Given struct {
	ID      uint32
	Core    int    // holder
	Life    uint32 // of the holder
	Rights  layout.Perm
	Purpose Purpose
	memory  *Memory
	state   givenState
	done    func(error) // waits for the answer to the offer
	// Gone is called once when the holder no longer has the frames: it has returned
	// them, or is dead. nil = nobody wants to know.
	Gone func(why error)
}

type givenState uint8

const (
	offered givenState = iota
	accepted
	revoking
)

// New takes frames of the user pool, maps and clears them. It fails when the pool is
// not open (see Open) or exhausted, or when no page is left for a table.
func (t *Table) New(pages uint64) (*Memory, error) {
	if pages == 0 || pages > MaxPages {
		return nil, fmt.Errorf("core %d gives out 1 to %d frames at a time, not %d", t.self, MaxPages, pages)
	}
	if err := t.Open(); err != nil {
		return nil, err
	}
	pa, err := t.pool.Take(pages)
	if err != nil {
		return nil, fmt.Errorf("core %d: %w", t.self, err)
	}
	b, err := t.port.MapFrames(pa, pages, layout.R|layout.W)
	if err != nil {
		t.pool.Give(pa, pages)
		return nil, fmt.Errorf("core %d maps none of its frames: %w", t.self, err)
	}
	clear(b)
	m := &Memory{PA: pa, Pages: pages, Bytes: b}
	t.memory[m] = true
	return m, nil
}

// Give offers the memory to a core with rights R or R|W. done is called once: when the
// core has accepted, or with the reason why not. On an error it is not called.
func (t *Table) Give(m *Memory, core int, rights layout.Perm, purpose Purpose, arg [3]uint64, done func(error)) (*Given, error) {
	life := uint32(0)
	if core >= 0 && core < int(t.plan.NCores) && core != t.self {
		life = t.port.Life(core)
	}
	switch {
	case life == 0:
		return nil, fmt.Errorf("core %d has no open channel to core %d", t.self, core)
	case m.freeing:
		return nil, fmt.Errorf("the frames at %#x are being freed", m.PA)
	case len(t.given) >= MaxGrants:
		return nil, fmt.Errorf("core %d has given %d grants already", t.self, MaxGrants)
	case !grantable(rights):
		return nil, fmt.Errorf("rights %s cannot be granted", rights)
	}
	for {
		if t.nextID++; t.given[t.nextID] == nil {
			break
		}
	}
	g := &Given{ID: t.nextID, Core: core, Life: life, Rights: rights, Purpose: purpose, memory: m, done: done}
	// In the books before it is on its way: the holder maps no page that is not in them.
	t.given[g.ID] = g
	m.grants = append(m.grants, g)
	t.changes++
	o := Msg{Kind: Offer, ID: g.ID, Life: t.life, Purpose: purpose, Rights: rights, PA: m.PA, Pages: m.Pages, Arg: arg}
	if err := t.port.Send(core, &o); err != nil {
		g.done = nil
		t.end(g, err)
		return nil, err
	}
	return g, nil
}

func grantable(rights layout.Perm) bool { return rights == layout.R || rights == layout.R|layout.W }

// Revoke asks for the frames of one grant back. Gone says when they are.
func (t *Table) Revoke(g *Given) {
	if t.given[g.ID] != g || g.state == revoking {
		return
	}
	g.state = revoking
	t.changes++
	// If this fails the channel is lost, and the holder's death will end the grant.
	if err := t.port.Send(g.Core, &Msg{Kind: Revoke, ID: g.ID}); err != nil {
		g.answer(err)
	}
}

// Free revokes all grants of the memory and gives the frames back to the pool when the
// last holder has returned them or is dead. freed, if not nil, is called then.
func (t *Table) Free(m *Memory, freed func()) {
	if m.freeing {
		return
	}
	m.freeing, m.freed = true, freed
	m.Bytes = nil
	for _, g := range slices.Clone(m.grants) {
		t.Revoke(g)
	}
	t.reclaim(m)
}

// reclaim gives frames back that nobody else can reach any more.
func (t *Table) reclaim(m *Memory) {
	if !m.freeing || len(m.grants) > 0 || !t.memory[m] {
		return
	}
	delete(t.memory, m)
	t.port.UnmapFrames(m.PA, m.Pages)
	t.pool.Give(m.PA, m.Pages)
	if m.freed != nil {
		m.freed()
	}
}

// Memory lists what is out of the pool and not being freed, in order of address.
func (t *Table) Memory() []*Memory {
	var list []*Memory
	for m := range t.memory {
		if !m.freeing {
			list = append(list, m)
		}
	}
	slices.SortFunc(list, func(a, b *Memory) int { return cmp.Compare(a.PA, b.PA) })
	return list
}

// answer ends the waiting for the holder's answer to the offer.
func (g *Given) answer(err error) {
	if done := g.done; done != nil {
		g.done = nil
		done(err)
	}
}

// end takes a grant out of the books: the holder cannot reach the frames any more.
func (t *Table) end(g *Given, why error) {
	if t.given[g.ID] != g {
		return
	}
	delete(t.given, g.ID)
	t.changes++
	m := g.memory
	m.grants = slices.DeleteFunc(m.grants, func(o *Given) bool { return o == g })
	g.answer(why)
	if gone := g.Gone; gone != nil {
		g.Gone = nil
		gone(why)
	}
	t.reclaim(m)
}

// find returns the grant that a holder speaks of, nil if it has none of that number.
func (t *Table) find(core int, id uint32) *Given {
	if g := t.given[id]; g != nil && g.Core == core {
		return g
	}
	return nil
}

func (t *Table) accepted(core int, m *Msg) bool {
	g := t.find(core, m.ID)
	if g == nil || g.state == accepted {
		return false
	}
	if g.state == offered {
		g.state = accepted
		t.changes++
	}
	g.answer(nil)
	return true
}

func (t *Table) refused(core int, m *Msg) bool {
	g := t.find(core, m.ID)
	if g == nil || g.state == accepted {
		return false
	}
	t.end(g, fmt.Errorf("core %d refuses the frames: %v", core, m.Why))
	return true
}

// returned takes the holder's word that it has unmapped the frames.
func (t *Table) returned(core int, m *Msg) bool {
	g := t.find(core, m.ID)
	if g == nil {
		return false
	}
	t.end(g, fmt.Errorf("core %d has returned the frames", core))
	return true
}
