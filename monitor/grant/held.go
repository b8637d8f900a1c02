package grant

import (
	"fmt"

	"atoll/arch/layout"
)

// Held is a grant of another core, as its holder knows it. Bytes may be used in the
// event loop until Ended is called and by whoever Ended waits for: see Release.
type Held struct {
	ID        uint32
	Core      int    // granter
	Life      uint32 // of the granter
	PA, Pages uint64
	Rights    layout.Perm
	Purpose   Purpose
	Arg       [3]uint64
	Bytes     []byte
	// Ended is called once by the event loop when the frames must go: the granter wants
	// them back, or is dead. Whoever sets it calls Release when nobody uses them any
	// more, which may be at once. If it is nil they go at once.
	Ended func(why error)
	ended bool
}

// offered judges an offer and maps it.
func (t *Table) offered(core int, m *Msg) bool {
	h := &Held{ID: m.ID, Core: core, Life: m.Life, PA: m.PA, Pages: m.Pages, Rights: m.Rights, Purpose: m.Purpose, Arg: m.Arg}
	why := t.judge(h)
	if why == 0 {
		why = t.admit(h)
	}
	reply := Msg{Kind: Accept, ID: m.ID}
	if why != 0 {
		reply = Msg{Kind: Refuse, ID: m.ID, Why: why}
	}
	// Where nobody is there who could read it, or the channel is lost, the granter's death
	// will end the grant.
	return t.port.Life(core) == m.Life && t.port.Send(core, &reply) == nil
}

// judge says why an offer cannot be taken, 0 if it can.
func (t *Table) judge(h *Held) Why {
	pool := t.plan.Cores[h.Core].User
	switch {
	case h.Life != t.port.Life(h.Core):
		return BadLife
	case h.Pages == 0 || h.Pages > MaxPages || h.PA%layout.PageSize != 0 || h.PA < pool.Base ||
		h.PA-pool.Base >= pool.Size || pool.Size-(h.PA-pool.Base) < h.Pages*layout.PageSize:
		return BadRange
	case !grantable(h.Rights):
		return BadRights
	case len(t.held) >= MaxGrants:
		return TooMany
	case h.Purpose >= numPurposes || t.takers[h.Purpose] == nil:
		return NotWanted
	}
	for _, o := range t.held {
		if h.PA < o.end() && o.PA < h.end() || o.Core == h.Core && o.ID == h.ID {
			return Overlap
		}
	}
	return 0
}

func (h *Held) end() uint64 { return h.PA + h.Pages*layout.PageSize }

// admit maps what is offered and gives it to whom it is for.
func (t *Table) admit(h *Held) Why {
	b, err := t.port.MapFrames(h.PA, h.Pages, h.Rights)
	if err != nil {
		return NoTable
	}
	h.Bytes = b
	t.held[key{h.Core, h.ID}] = h
	t.changes++
	if why := t.takers[h.Purpose](h); why != 0 {
		t.drop(h)
		return why
	}
	return 0
}

// drop unmaps frames and takes them out of the books.
func (t *Table) drop(h *Held) {
	h.Bytes, h.ended = nil, true
	t.port.UnmapFrames(h.PA, h.Pages)
	delete(t.held, key{h.Core, h.ID})
	t.changes++
}

// Release unmaps frames that nobody here uses any more and tells the granter, whether
// it has asked for them or not.
func (t *Table) Release(h *Held) {
	if t.held[key{h.Core, h.ID}] != h {
		return
	}
	t.drop(h)
	if t.port.Life(h.Core) == h.Life {
		if t.port.Send(h.Core, &Msg{Kind: Returned, ID: h.ID}) != nil {
			t.Dropped++ // as above
		}
	}
	t.answerClear(h.Core)
}

// finish has frames released by whoever uses them.
func (t *Table) finish(h *Held, why error) {
	switch {
	case h.ended:
	case h.Ended == nil:
		t.Release(h)
	default:
		h.ended = true
		t.changes++
		h.Ended(why)
	}
}

// revoked takes the granter's wish to have frames back. If there are none of that
// number they have been returned or refused, of which it will read.
func (t *Table) revoked(core int, m *Msg) bool {
	if h := t.held[key{core, m.ID}]; h != nil && h.Life == t.port.Life(core) {
		t.finish(h, fmt.Errorf("core %d has revoked the frames", core))
	}
	return true // also when it has ended already
}
