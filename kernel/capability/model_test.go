package capability

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"testing"

	"atoll/arch/layout"
)

// model is what the database should say, found naively: all capabilities by their slots,
// and every relation by looking at all of them.
type model struct {
	caps   map[Ref]Cap
	buried []Cap // objects without capabilities, but with slots, that have not been cleaned
}

func overlap(a, b Cap) bool { return a.Base < b.Base+b.Size && b.Base < a.Base+a.Size }
func inside(in, out Cap) bool {
	return in.Base >= out.Base && in.Base+in.Size <= out.Base+out.Size
}
func same(a, b Cap) bool { return a.Type == b.Type && a.Base == b.Base && a.Size == b.Size }

// made reports whether x was made from c.
func made(x, c Cap) bool {
	return (c.Type == RAM || c.Type == DevFrame) && x.Type.inMemory() && inside(x, c) && !same(x, c)
}

// all returns all capabilities, buried ones too.
func (m *model) all() []Cap { return append(slices.Collect(maps.Values(m.caps)), m.buried...) }

// inUse reports whether something has been made from a range of c.
func (m *model) inUse(c, of Cap) bool {
	return slices.ContainsFunc(m.all(), func(x Cap) bool { return made(x, c) && overlap(x, of) })
}

// holds are the types whose objects hold capabilities.
var holds = map[Type]bool{CNode: true, Dispatcher: true, Endpoint: true}

// remove deletes a capability, and with the last one to an object what that holds.
func (m *model) remove(r Ref) {
	c, there := m.caps[r]
	if !there {
		return
	}
	delete(m.caps, r)
	if !holds[c.Type] {
		return
	}
	for _, x := range m.caps {
		if same(x, c) {
			return
		}
	}
	if slices.ContainsFunc(m.buried, func(x Cap) bool { return same(x, c) }) {
		return
	}
	m.buried = append(m.buried, c)
	for _, x := range m.in(c) {
		m.remove(x)
	}
}

// in returns the slots of an object that are in use.
func (m *model) in(c Cap) []Ref {
	var in []Ref
	for r := range m.caps {
		if uint64(r) >= c.Base && uint64(r) < c.Base+c.Size {
			in = append(in, r)
		}
	}
	slices.Sort(in)
	return in
}

// revoke deletes what was made from a capability, and its copies.
func (m *model) revoke(r Ref) {
	c := m.caps[r]
	for x, is := range maps.Clone(m.caps) {
		if x != r && (same(is, c) || made(is, c)) {
			m.remove(x)
		}
	}
}

// actor does random things to a database and to the model, and compares.
type actor struct {
	t   testing.TB
	d   *Database
	a   *arena
	m   *model
	rnd func(n int) int
	log []string
}

func newActor(t testing.TB, rnd func(n int) int) *actor {
	d, a, at := world(t, 64)
	d.atOnce = 2 * layout.PageSize
	m := &model{caps: map[Ref]Cap{}}
	for i := range uint64(2) {
		m.caps[at(i+1)] = a.Slot(at(i + 1)).cap()
	}
	return &actor{t: t, d: d, a: a, m: m, rnd: rnd}
}

// home is the root CNode's own capability, which the actor leaves alone: without it
// there would soon be nothing to act on.
const home = Ref(arenaBase + SlotSize)

// some returns a slot in use, mostly, and sometimes an empty one.
func (x *actor) some() Ref {
	if x.rnd(20) == 0 {
		return x.place()
	}
	all := slices.Sorted(maps.Keys(x.m.caps))
	return all[x.rnd(len(all))]
}

// other is some slot but home.
func (x *actor) other() Ref {
	for range 3 {
		if r := x.some(); r != home {
			return r
		}
	}
	return x.a.Slot(home).at(2)
}

// cnode returns the slot of a capability to a CNode that permits everything.
func (x *actor) cnode() Ref {
	var all []Ref
	for r, c := range x.m.caps {
		if c.Type == CNode && c.Rights&(Read|Write) == Read|Write {
			all = append(all, r)
		}
	}
	slices.Sort(all)
	return all[x.rnd(len(all))]
}

// hidden returns a hidden slot of some object, used or not; 0 if there is no such object.
func (x *actor) hidden() Ref {
	var all []Cap
	for _, c := range x.m.caps {
		if c.Type == Dispatcher || c.Type == Endpoint {
			all = append(all, c)
		}
	}
	if len(all) == 0 {
		return 0
	}
	slices.SortFunc(all, func(a, b Cap) int { return cmp.Compare(a.Base, b.Base) })
	c := all[x.rnd(len(all))]
	return c.Type.Hidden(c.Base, 1+uint64(x.rnd(int(c.Type.HiddenSlots()-1))))
}

// place returns a slot of a CNode, or a hidden one, used or not.
func (x *actor) place() Ref {
	if r := x.hidden(); r != 0 && x.rnd(8) == 0 {
		return r
	}
	s := x.a.Slot(x.cnode())
	return s.at(1 + uint64(x.rnd(int(s.slots()-1))))
}

// expect compares an outcome with what the model says.
func (x *actor) expect(what string, e Error, want bool) {
	x.log = append(x.log, fmt.Sprintf("%s: %v", what, e))
	if (e == OK) != want {
		x.fail("%s: %v; the model says %v", what, e, want)
	}
}

func (x *actor) fail(format string, args ...any) {
	x.t.Helper()
	for _, l := range x.log[max(0, len(x.log)-12):] {
		x.t.Log(l)
	}
	x.t.Fatalf(format, args...)
}

// act does one random thing.
func (x *actor) act() {
	switch x.rnd(12) {
	case 0, 1:
		x.mint()
	case 2:
		x.move()
	case 3, 4, 5, 6:
		x.retype()
	case 7, 8:
		r := x.other()
		_, there := x.m.caps[r]
		x.expect(fmt.Sprintf("delete %#x", r), x.d.Delete(r), there)
		x.m.remove(r)
	case 9:
		x.revoke()
	case 10:
		x.clean(x.rnd(40))
	case 11:
		x.replant()
	}
	x.compare()
}

func (x *actor) mint() {
	src, dst := x.some(), x.place()
	rights, badge := Rights(x.rnd(8)), uint32(x.rnd(3))
	c, there := x.m.caps[src]
	_, used := x.m.caps[dst]
	ok := there && !used && (badge == 0 || c.Type == Endpoint && c.Badge == 0)
	x.expect(fmt.Sprintf("mint %#x from %#x %v", dst, src, c.Type), x.d.Mint(dst, src, rights, badge), ok)
	if ok {
		c.Rights &= rights
		if badge != 0 {
			c.Badge = badge
		}
		x.m.caps[dst] = c
	}
}

func (x *actor) move() {
	src, dst := x.other(), x.place()
	c, there := x.m.caps[src]
	_, used := x.m.caps[dst]
	ok := there && !used
	x.expect(fmt.Sprintf("move %#x from %#x %v", dst, src, c.Type), x.d.Move(dst, src), ok)
	if ok {
		delete(x.m.caps, src)
		x.m.caps[dst] = c
	}
}

func (x *actor) retype() {
	src, into := x.some(), x.cnode()
	made := Made{
		Offset: uint64(x.rnd(16)) * layout.PageSize, Type: Type(x.rnd(int(NumTypes))),
		Size: uint64(1+x.rnd(4)) * layout.PageSize, Count: uint64(x.rnd(4)), CNode: into, First: uint64(x.rnd(66)),
	}
	c, there := x.m.caps[src]
	ok := there && x.mayRetype(c, made)
	for done := false; !done; {
		var e Error
		done, e = x.d.RetypeStep(src, made)
		x.expect(fmt.Sprintf("retype %#x %v to %+v", src, c.Type, made), e, ok)
		if !ok {
			return
		}
		if !done {
			x.m.caps[x.a.Slot(into).at(made.First)] = Cap{Type: Frame, Base: c.Base + made.Offset, Size: made.Size * made.Count}
			if x.rnd(3) == 0 {
				return // it is left to others
			}
		}
	}
	out := Cap{Type: made.Type, Rights: types[made.Type].rights, Base: c.Base + made.Offset, Size: made.Size}
	switch made.Type {
	case RAM, Frame, DevFrame:
		out.Rights &= c.Rights
	}
	for i := range made.Count {
		x.m.caps[x.a.Slot(into).at(made.First+i)] = out
		out.Base += made.Size
	}
}

// mayRetype says whether it should succeed, from the rules and not from the code.
func (x *actor) mayRetype(c Cap, m Made) bool {
	first := x.a.Slot(m.CNode).at(m.First)
	if begun := (Cap{Type: Frame, Base: c.Base + m.Offset, Size: m.Size * m.Count}); m.Type != RAM && x.m.caps[first] == begun && x.a.Slot(first).unclear() {
		delete(x.m.caps, first)
		defer func() { x.m.caps[first] = begun }()
	}
	pages := map[Type]uint64{VNodeL2: 2, VNodeL1: 2, VNodeL0: 2, Dispatcher: 2, Endpoint: 1}
	switch {
	case c.Type != RAM, c.Rights&Write == 0, m.Count == 0:
		return false
	case m.Type == Null || m.Type == DevFrame || m.Type >= IRQ:
		return false
	case pages[m.Type] != 0 && m.Size != pages[m.Type]*layout.PageSize, m.Type == RAM && m.Size == c.Size:
		return false
	case m.Offset+m.Count*m.Size > c.Size:
		return false
	case m.First == 0 || m.First+m.Count > x.a.Slot(m.CNode).slots():
		return false
	}
	for i := range m.Count {
		if _, used := x.m.caps[x.a.Slot(m.CNode).at(m.First+i)]; used {
			return false
		}
	}
	return !x.m.inUse(c, Cap{Base: c.Base + m.Offset, Size: m.Count * m.Size})
}

// revoke revokes in steps of random length, until it is done.
func (x *actor) revoke() {
	r := x.other()
	c, there := x.m.caps[r]
	if same(c, x.m.caps[home]) {
		return // it would take home away
	}
	if uint64(r) >= c.Base && uint64(r) < c.Base+c.Size {
		return // it ends when r goes with what was made from it, see TestRevokeInSteps
	}
	x.m.revoke(r)
	for range 10_000 {
		done, e := x.d.Revoke(r, 1+x.rnd(8))
		x.expect(fmt.Sprintf("revoke %#x %v", r, c.Type), e, there)
		if done { // objects that were made from it have been cleaned
			x.m.buried = slices.DeleteFunc(x.m.buried, func(b Cap) bool { return made(b, c) })
			return
		}
		// It may have gone with what was made from it.
		if x.a.Slot(r).typ == Null {
			return
		}
	}
	x.fail("a revoke does not end")
}

// clean lets the cleaner work; when it is through, no CNode is buried.
func (x *actor) clean(budget int) {
	if !x.d.Clean(budget) {
		x.m.buried = nil
	}
}

// replant makes capabilities of what was reclaimed.
func (x *actor) replant() {
	for len(x.a.reclaimed) > 0 {
		r := x.place()
		if _, used := x.m.caps[r]; used {
			return
		}
		c := x.a.reclaimed[0]
		x.expect(fmt.Sprintf("plant %#x %+v", r, c), x.d.Plant(r, c), true)
		x.m.caps[r] = c
		x.a.reclaimed = x.a.reclaimed[1:]
	}
}

// compare holds the database against the model.
func (x *actor) compare() {
	if len(x.m.buried) > 0 {
		// The cleaner has not been through, so there is more in the database. Once in a
		// while it is left like that.
		if x.rnd(3) > 0 {
			return
		}
		x.clean(1 << 30)
	}
	seen := checkTree(x.t, x.d)
	for r, c := range x.m.caps {
		if seen[r] != c {
			x.fail("slot %#x holds %+v, the model says %+v", r, seen[r], c)
		}
	}
	if len(seen) != len(x.m.caps) || uint64(len(seen)) != x.d.Count() {
		x.fail("%d capabilities, count %d, the model has %d", len(seen), x.d.Count(), len(x.m.caps))
	}
	if len(x.a.wrong) > 0 {
		x.fail("%v", x.a.wrong)
	}
	x.conserved()
	x.exclusive()
	x.cleared()
}

// cleared checks that empty slots are clear, on which put relies. Sabotage: in deleteCopy, clear
// only the type.
func (x *actor) cleared() {
	for _, c := range x.m.caps {
		if c.Type != CNode {
			continue
		}
		for r := Ref(c.Base); r < Ref(c.Base+c.Size); r += SlotSize {
			if s := x.a.Slot(r); s.typ == Null && *s != (Slot{}) {
				x.fail("the empty slot %#x has %+v", r, s)
			}
		}
	}
}

// conserved checks that every page is covered or has been reclaimed, never both (C3).
func (x *actor) conserved() {
	held := make([]int, (x.a.End()-arenaBase)/layout.PageSize)
	for _, c := range x.m.caps {
		for p := c.Base; c.Type.inMemory() && p < c.Base+c.Size; p += layout.PageSize {
			held[(p-arenaBase)/layout.PageSize] |= 1
		}
	}
	for _, c := range x.a.reclaimed {
		for p := c.Base; p < c.Base+c.Size; p += layout.PageSize {
			held[(p-arenaBase)/layout.PageSize] += 2
		}
	}
	for p, h := range held {
		if h != 1 && h != 2 {
			x.fail("page %d: %d (1 held, 2 reclaimed)", p, h)
		}
	}
}

// exclusive checks that memory belongs to one object (C1, C2).
func (x *actor) exclusive() {
	all := slices.Collect(maps.Values(x.m.caps))
	for i, a := range all {
		for _, b := range all[:i] {
			if a.Type.inMemory() && b.Type.inMemory() && overlap(a, b) && !same(a, b) && !made(a, b) && !made(b, a) {
				x.fail("%+v and %+v overlap", a, b)
			}
		}
	}
}

// checkTree walks the database: links, order, heap, reach (C6). It returns what is in it.
// Sabotages: in hang or remove, leave out the walk upwards; in hang, do not look at left where
// the ranks are equal; in leave, do not give the head's place to another.
func checkTree(t testing.TB, d *Database) map[Ref]Cap {
	seen := map[Ref]Cap{}
	var last *Slot
	var walk func(n, above link) uint64
	walk = func(n, above link) uint64 {
		if n == 0 {
			return 0
		}
		s := d.node(n)
		if s.up != above || !d.heads(n, s) {
			t.Fatalf("%#x is below %#x, and says %#x", n, above, s.up)
		}
		if s.left != 0 && d.node(s.left).rank >= s.rank || s.right != 0 && d.node(s.right).rank > s.rank {
			t.Fatalf("%#x has rank %d, and others under it", n, s.rank)
		}
		reach := walk(s.left, n)
		if last != nil && (!last.before(s) || s.before(last)) {
			t.Fatalf("%+v is before %+v", last.cap(), s.cap())
		}
		last = s
		checkRing(t, d, n, seen)
		if s.typ.inMemory() {
			reach = max(reach, s.end())
		}
		reach = max(reach, walk(s.right, n))
		if reach != s.reach {
			t.Fatalf("%#x reaches %#x, says %#x", n, reach, s.reach)
		}
		return reach
	}
	walk(d.root, 0)
	return seen
}

// checkRing follows the ring of a head, and adds to what has been seen.
func checkRing(t testing.TB, d *Database, head link, seen map[Ref]Cap) {
	s := d.node(head)
	for l := head; ; {
		o := d.node(l)
		if _, twice := seen[d.ref(l)]; twice || !o.same(s) || l != head && d.heads(l, o) || d.node(o.after).behind != l {
			t.Fatalf("%#x of %+v on the ring of %+v", l, o, s)
		}
		seen[d.ref(l)] = o.cap()
		if l = o.after; l == head {
			return
		}
	}
}

// TestRandom holds the database against the model over random operations.
// Sabotages: in search, return 0 at once if s.base >= lo; in reclaim, leave out
// give(s.base); in mayRetype, leave out the look for descendants; in delete, drop a
// CNode instead of burying it.
func TestRandom(t *testing.T) {
	for seed := range uint64(60) {
		r := rand.New(rand.NewPCG(seed, 7))
		x := newActor(t, r.IntN)
		for range 400 {
			x.act()
		}
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

// FuzzOperations is the same with what a fuzzer thinks of.
func FuzzOperations(f *testing.F) {
	f.Add([]byte("retype, then delete; revoke what is left"))
	f.Fuzz(func(t *testing.T, in []byte) {
		x := newActor(t, func(n int) int {
			if len(in) == 0 {
				return 0
			}
			v := int(in[0])
			in = in[1:]
			return v % n
		})
		for len(in) > 0 {
			x.act()
		}
	})
}
