package spawn

import (
	"slices"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/kernel/ram"
	"atoll/kernel/vspace"
	"atoll/monitor/spans"
)

// Threads of other cores' programs that run here (package spans: this core is the host). The host knows
// nothing of what they are: it runs their registers in a replica of the home's address space until they
// trap.

// hosted is what this core has of another core's program: nothing before the home lends its RAM, and
// nothing when that is taken back.
type hosted struct {
	l        *land
	home     int
	program  uint32
	ram      capability.Cap
	slot     capability.Ref // of that
	domain   *ram.Domain    // of what the replicas are made of, nil: none yet
	own      capability.Ref // slot of that
	store    *vspace.Store
	share    dispatch.Group // of the hart: all its threads have it together
	replicas map[uint32]*replica
	over     bool
}

// replica is one of its address spaces.
type replica struct {
	*vspace.Replica
	seen uint64 // number of the last shootdown
}

// guest is a thread of it.
type guest struct {
	dispatch.Dispatcher
	of    *hosted
	in    *replica
	name  uint32 // the home's number of it
	state guestState
	regs  spans.Assembly

	began  uint64 // where it stood when it got its registers, or a page
	turns  int    // that it has had since
	wanted bool   // it is to come home when it has run
}

// guestID names a guest: the number is its home's.
type guestID struct {
	home int
	name uint32
}

type guestState uint8

const (
	guestAway  guestState = iota // its registers are at home, or on their way
	guestRuns                    // it has its registers, and may run
	guestPulls                   // it has them, and waits for a page
)

// Bounds of what the replicas of one program are made of: tables, slots, and copies of pages to be
// executed. When it is used up they begin anew, for they are a cache.
const mostReplicaRAM, leastReplicaRAM = 4 << 20, 256 << 10

// takeHosted takes RAM of a program of another core.
func (l *land) takeHosted(is capability.Cap, slot capability.Ref, home int, program uint32) {
	l.hosted = append(l.hosted, &hosted{l: l, home: home, program: program, ram: is, slot: slot, replicas: map[uint32]*replica{}})
}

// unlend ends what is hosted of programs whose RAM has been taken back.
func (l *land) unlend() {
	l.hosted = slices.DeleteFunc(l.hosted, func(h *hosted) bool {
		if l.db.Has(h.ram) {
			return false
		}
		h.end()
		return true
	})
}

// end ends all guests of a program, and gives back what they had. Its RAM is gone.
func (h *hosted) end() {
	h.over = true
	for id, g := range h.l.guests {
		if g.of == h {
			h.l.loop.End(&g.Dispatcher)
			delete(h.l.guests, id)
		}
	}
	h.l.loop.Do(func() { // not in the middle of a change of capabilities
		h.l.ram.Return(h.slot)
		if h.domain != nil {
			h.domain.End(func() { h.l.ram.Return(h.own) })
		}
	})
}

// open makes the store of the replicas. It fails if there is no memory.
func (h *hosted) open() (err error) {
	if h.store != nil {
		return nil
	}
	d, own := h.l.ram.NewDomain(mostReplicaRAM), capability.Ref(0)
	if own, err = h.l.ram.Slot(); err != nil {
		return err
	}
	passing, err := h.l.ram.Slot()
	if err != nil {
		h.l.ram.Return(own)
		return err
	}
	defer h.l.ram.Return(passing)
	for size := uint64(mostReplicaRAM); ; size /= 2 {
		if err = d.Take(size, 0, own); err == nil || size == leastReplicaRAM {
			break
		}
	}
	if err == nil {
		h.store, err = vspace.NewStoreOfKernel(h.l.db, h.l.mem, own, passing)
	}
	if err != nil {
		d.End(func() { h.l.ram.Return(own) })
		return err
	}
	h.store.SetROM(h.l.rom)
	h.domain, h.own = d, own
	return nil
}

// replica returns that of an address space, made if it has to be.
func (h *hosted) replica(space uint32) (*replica, error) {
	if r := h.replicas[space]; r != nil {
		return r, nil
	}
	if err := h.open(); err != nil {
		return nil, err
	}
	v, err := vspace.NewReplica(h.store, h.ram.Base, h.ram.Size)
	if err != nil {
		h.shed()
		v, err = vspace.NewReplica(h.store, h.ram.Base, h.ram.Size)
	}
	if err != nil {
		return nil, err
	}
	r := &replica{Replica: v}
	h.replicas[space] = r
	return r, nil
}

// openGuest makes a guest. If there is not what it needs it is none, and refused when it enters.
func (l *land) openGuest(id guestID, m *spans.Msg) {
	i := slices.IndexFunc(l.hosted, func(h *hosted) bool {
		return h.home == id.home && uint64(h.program) == m.W[0] && h.ram.Base == m.W[2] && h.ram.Size == m.W[3]
	})
	if i < 0 || l.guests[id] != nil {
		return
	}
	h := l.hosted[i]
	in, err := h.replica(uint32(m.W[1]))
	if err != nil {
		return
	}
	g := &guest{of: h, in: in, name: id.name}
	g.Reset()
	g.Root, g.Handler, g.Picks = in.Root(), g, true
	l.guests[id] = g
	l.loop.Join(&g.Dispatcher, &h.share)
}

// Take takes what a core says of a thread.
func (e spanEnd) Take(from int, m *spans.Msg) {
	switch m.Kind {
	case spans.Came, spans.Rest, spans.Pull, spans.Refused, spans.Full:
		if p := e.l.away[m.Guest]; p != nil {
			p.process.Guest(from, m)
		}
		return
	case spans.Open:
		e.l.openGuest(guestID{from, m.Guest}, m)
		return
	}
	g := e.l.guests[guestID{from, m.Guest}]
	switch {
	case g == nil && m.Kind == spans.Enter && m.Part == 0:
		e.l.carrier.Send(from, spans.Msg{Kind: spans.Refused, Guest: m.Guest})
	case g == nil:
	case m.Kind == spans.Enter:
		g.enter(m)
	case m.Kind == spans.Page:
		g.page(m)
	case m.Kind == spans.Recall:
		g.recalled()
	case m.Kind == spans.Want && g.state == guestAway:
		g.sends(spans.Rest, spans.All(&g.User))
	case m.Kind == spans.Close:
		e.l.loop.End(&g.Dispatcher)
		delete(e.l.guests, guestID{from, m.Guest})
	}
}

// enter takes registers, with the last of which the guest runs.
func (g *guest) enter(m *spans.Msg) {
	if g.state == guestAway && g.regs.Take(m) {
		g.regs.Unpack(&g.User)
		g.runs()
	}
}

func (g *guest) runs() {
	g.state, g.began, g.turns = guestRuns, g.PC, 0
	g.of.l.loop.Wake(&g.Dispatcher)
}

// page takes a page that the guest has pulled. One that is older than a shootdown may be one that
// this was about: the guest pulls again. If there is none it goes home with its fault.
func (g *guest) page(m *spans.Msg) {
	switch {
	case g.state != guestPulls:
		return
	case m.W[2] == 0:
		g.comes()
		return
	}
	put := func() error { return g.in.Put(m.W[0], m.W[1], layout.Perm(m.W[2])) }
	if m.W[3] >= g.in.seen && put() != nil {
		if g.of.shed(); put() != nil {
			g.of.l.carrier.Send(g.of.home, spans.Msg{Kind: spans.Full, Guest: g.name}) // first, so that it is not sent here again
			g.comes()
			return
		}
	}
	g.runs()
}

// shed gives back what the replicas of a program have, but for the tables of those with guests: they are a
// cache.
func (h *hosted) shed() {
	used := map[*replica]bool{}
	for _, g := range h.l.guests {
		used[g.in] = true
	}
	for space, r := range h.replicas {
		if r.Drop(layout.PageSize, layout.UserEnd); !used[r] {
			delete(h.replicas, space)
			for r.End(spaceStep) {
			}
		}
	}
}

// recalled has the guest go home if it has run since it came, or got a page. Else it does so when it has had
// a turn: where a trip takes longer than what recalls it waits, as Go's runtime does for 10 ms, it would
// only travel.
func (g *guest) recalled() {
	switch {
	case g.state == guestAway:
	case g.state == guestRuns && g.PC != g.began:
		g.interrupted()
	default:
		g.wanted = true
	}
}

// Picked begins a turn of the guest, unless it is to go home and has had one.
func (g *guest) Picked(*dispatch.Loop) bool {
	if g.wanted && g.turns > 0 {
		g.interrupted()
		return false
	}
	g.turns++
	return true
}

// interrupted has the guest go home from where it is.
func (g *guest) interrupted() {
	g.of.l.loop.Sleep(&g.Dispatcher, dispatch.Forever)
	g.of.l.loop.Anew(&g.Dispatcher)
	g.Cause = shim.CauseInterrupt
	g.comes()
}

// comes sends the registers home: of a call those that it needs.
func (g *guest) comes() {
	g.state, g.wanted = guestAway, false
	n := spans.OfCall
	if g.Cause != shim.CauseUserCall {
		n = spans.All(&g.User)
	}
	g.sends(spans.Came, n)
}

// sends sends the first parts of the registers home.
func (g *guest) sends(k spans.Kind, n spans.Parts) {
	g.of.l.carrier.Send(g.of.home, spans.Pack(k, g.name, &g.User, g.Used(), n)...)
}

// Trap serves what ended a run: it pulls a page, or goes home.
func (g *guest) Trap(l *dispatch.Loop) *dispatch.Dispatcher {
	perm := domain.Needs(g.Cause)
	if perm != 0 && g.in.Has(g.Value, perm) {
		g.of.l.mem.Flush() // another guest has pulled it meanwhile
		return &g.Dispatcher
	}
	l.Sleep(&g.Dispatcher, dispatch.Forever)
	if perm == 0 {
		g.comes()
		return nil
	}
	g.state = guestPulls
	g.of.l.carrier.Send(g.of.home, spans.Msg{Kind: spans.Pull, Guest: g.name, W: [spans.Words]uint64{g.Value, uint64(perm)}})
	return nil
}

// Alarm never comes: guests sleep until the home says something.
func (g *guest) Alarm(*dispatch.Loop) {}

// Shoot drops pages from a replica.
func (e spanEnd) Shoot(from int, s *spans.Shoot) {
	for _, h := range e.l.hosted {
		if r := h.replicas[s.Space]; h.home == from && h.program == s.Program && r != nil {
			r.seen = max(r.seen, s.Number)
			r.Drop(max(s.Lo, layout.PageSize), min(s.Hi, layout.UserEnd))
			if s.Lo <= layout.PageSize && s.Hi >= layout.UserEnd {
				h.endUnused(s.Space, r)
			}
		}
	}
}

// endUnused ends a replica of which nothing is left and in which there are no guests: most likely its
// address space has ended.
func (h *hosted) endUnused(space uint32, r *replica) {
	for _, g := range h.l.guests {
		if g.in == r {
			return
		}
	}
	delete(h.replicas, space)
	h.l.loop.Chore(func() bool { return !h.over && r.End(spaceStep) })
}

// spaceStep is how many pages and tables are given back between two runs.
const spaceStep = 64
