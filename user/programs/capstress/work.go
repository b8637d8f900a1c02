package main

import (
	"fmt"
	"math/rand"

	"atoll/arch/sv39"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/sys"
)

// ramPages is the RAM that a thread makes its objects of.
const ramPages = 48

// worker is a thread: its model, and where that stands in the kernel.
type worker struct {
	model
	r     *rand.Rand
	ram   memory.RAM
	cnode sys.Cap
	table sys.Cap
	count counts
}

// Operations.
const (
	opIdentify = iota
	opCopy
	opMint
	opMove
	opDelete
	opRevoke
	opRetype
	opMap
	opUnmap
)

var opNames = [...]string{"identify", "copy", "mint", "move", "delete", "revoke", "retype", "map", "unmap"}

// work is one thread. What it has it gives back at its end.
func work(seed int64, more func(done int) bool) (counts, error) {
	tools, err := memory.NewArena(3 * page)
	if err != nil {
		return counts{}, err
	}
	w := &worker{r: rand.New(rand.NewSource(seed))}
	if w.ram, err = memory.Take(ramPages*page, 0); err != nil {
		return counts{}, err
	}
	cnode, err := tools.Make(capability.CNode, page)
	if err != nil {
		return counts{}, err
	}
	table, err := tools.Make(capability.VNodeL0, 2*page)
	if err != nil {
		return counts{}, err
	}
	w.cnode, w.table = cnode.Cap, table.Cap
	if w.slots[0].Cap, err = sys.Identify(w.ram.Cap); err != nil {
		return counts{}, err
	}
	for more(w.count.made) {
		if err := w.step(); err != nil {
			return w.count, err
		}
	}
	if err := w.seeAll(); err != nil {
		return w.count, err
	}
	if err := sys.Revoke(w.ram.Cap); err != nil {
		return w.count, fmt.Errorf("the last revoke: %w", err)
	}
	w.revoke(0)
	if err := w.seeAll(); err != nil {
		return w.count, fmt.Errorf("after the last revoke: %w", err)
	}
	for _, f := range []func() error{
		func() error { return tools.Drop(cnode) },
		func() error { return tools.Drop(table) },
		tools.Close,
		func() error { return memory.Give(w.ram) },
	} {
		if err := f(); err != nil {
			return w.count, err
		}
	}
	return w.count, nil
}

// address returns the address of a slot of the model's.
func (w *worker) address(i int) sys.Cap {
	if i == 0 {
		return w.ram.Cap
	}
	return w.cnode | sys.Cap(i)
}

// any returns some slot, now and then one that there is not. full and empty return one that
// has a capability or has none, most of the time, and ram one with RAM.
func (w *worker) any() int   { return w.r.Intn(len(w.slots) + 1) }
func (w *worker) full() int  { return w.like(func(e entry) bool { return e.Type != capability.Null }) }
func (w *worker) empty() int { return w.like(func(e entry) bool { return e.Type == capability.Null }) }
func (w *worker) aRAM() int  { return w.like(func(e entry) bool { return e.Type == capability.RAM }) }

func (w *worker) like(is func(e entry) bool) int {
	i := w.any()
	for tries := 0; tries < 16 && (!w.valid(i) || !is(w.slots[i])); tries++ {
		i = w.any()
	}
	return i
}

// step makes one operation, and looks whether the kernel did what the model says.
func (w *worker) step() error {
	op, s, d := w.pick(), w.full(), w.empty()
	var got error
	var should capability.Error
	var what string
	switch op {
	case opIdentify:
		_, got = sys.Identify(w.address(s))
		should, what = w.from(s), fmt.Sprint(s)
	case opCopy:
		got, should = sys.Copy(w.address(s), w.address(d)), w.mint(s, d, capability.AllRights, 0)
		what = fmt.Sprint(s, d)
	case opMint:
		rights, badge := capability.AllRights, uint32(w.r.Intn(12)/10)
		if w.r.Intn(2) == 0 {
			rights = capability.Rights(w.r.Intn(8))
		}
		got, should = sys.Mint(w.address(s), w.address(d), rights, badge), w.mint(s, d, rights, badge)
		what = fmt.Sprint(s, d, rights, badge)
	case opMove:
		s = max(s, 1) // the RAM stays where it is
		got, should, what = sys.Move(w.address(s), w.address(d)), w.move(s, d), fmt.Sprint(s, d)
	case opDelete:
		s = max(s, 1)
		got, should, what = sys.Delete(w.address(s)), w.delete(s), fmt.Sprint(s)
	case opRevoke:
		if w.valid(s) && w.slots[s].Size == w.ram.Size && w.r.Intn(8) > 0 {
			s = w.full() // perhaps less than all
		}
		got, should, what = sys.Revoke(w.address(s)), w.revoke(s), fmt.Sprint(s)
	case opRetype:
		s = w.aRAM()
		m := w.made(s)
		got, should = w.retypeReal(s, m), w.retype(s, m)
		what = fmt.Sprintf("%d %+v", s, m)
	case opMap:
		p := w.place()
		got = sys.Map(w.address(s), sys.Place{Table: w.table, Index: p.index, Count: p.count, Offset: p.offset, Rights: p.rights})
		should, what = w.mapAt(s, p), fmt.Sprintf("%d %+v", s, p)
	case opUnmap:
		got, should, what = sys.Unmap(w.address(s)), w.model.unmap(s), fmt.Sprint(s)
	}
	return w.check(op, what, got, should, s, d)
}

// place returns a place in the table, most of the time one that can be.
func (w *worker) place() place {
	p := place{index: uint64(w.r.Intn(sv39.Entries + 2)), count: 1, rights: capability.Read}
	if w.r.Intn(4) == 0 {
		p = place{p.index, uint64(w.r.Intn(4)), page * uint64(w.r.Intn(3)), capability.Rights(w.r.Intn(9))}
	}
	return p
}

// pick returns an operation. Those that empty slots are fewer, and revokes few: a revoke of
// the RAM is the end of all.
func (w *worker) pick() int {
	switch n := w.r.Intn(100); {
	case n < 2:
		return opRevoke
	case n < 15:
		return opDelete
	case n < 45:
		return opRetype
	case n < 60:
		return opMap
	default:
		return [...]int{opIdentify, opCopy, opMint, opMove, opUnmap}[w.r.Intn(5)]
	}
}

// made returns what to make of the RAM in a slot, most of the time something that can be.
func (w *worker) made(s int) made {
	const types = int(capability.NumTypes)
	m := made{typ: capability.RAM + capability.Type(w.r.Intn(types-1)), count: 1 + uint64(w.r.Intn(3)), first: w.empty()}
	for m.typ == capability.CNode || sizes[m.typ] == 0 && m.typ > capability.Frame && w.r.Intn(8) > 0 {
		m.typ = capability.Type(w.r.Intn(types)) // the model has no CNodes; of RAM are made few others
	}
	if m.size = sizes[m.typ]; m.size == 0 || w.r.Intn(20) == 0 {
		m.size = page * uint64(w.r.Intn(8))
	}
	m.offset = page * uint64(w.r.Intn(ramPages+2))
	if w.r.Intn(4) > 0 && w.valid(s) && w.slots[s].Size > 0 {
		m.offset %= w.slots[s].Size
	}
	switch w.r.Intn(50) {
	case 0:
		m.offset++
	case 1:
		m.count = uint64(w.r.Intn(2)) * (capability.MaxRetype + 1)
	}
	return m
}

func (w *worker) retypeReal(s int, m made) error {
	return sys.Retype(w.address(s), sys.Made{
		Offset: m.offset, Type: m.typ, Size: m.size, Count: m.count, CNode: w.cnode, First: uint64(m.first),
	})
}

// lookAll is how many operations are between two looks at all slots.
const lookAll = 64

// check compares what a call answered, and what is in the slots that it was about.
func (w *worker) check(op int, what string, got error, should capability.Error, slots ...int) error {
	w.count.made++
	w.count.each[op]++
	fail := func(err error) error {
		return fmt.Errorf("operation %d, %s %s: %w", w.count.made, opNames[op], what, err)
	}
	if should != ok {
		w.count.refused++
	}
	if !same(got, should) {
		return fail(fmt.Errorf("it answered %q, not %q", text(got), should))
	}
	for _, i := range slots {
		if err := w.see(i); err != nil {
			return fail(err)
		}
	}
	if w.count.made%lookAll == 0 {
		if err := w.seeAll(); err != nil {
			return fail(err)
		}
	}
	return w.keepRAM()
}

// keepRAM gets the RAM back to its slot, which the revoke of a copy has emptied.
func (w *worker) keepRAM() error {
	if w.slots[0].Type != capability.Null {
		return nil
	}
	for i, e := range w.slots {
		if e.Type == capability.RAM && e.Size == w.ram.Size && e.Rights == capability.AllRights {
			if err := sys.Copy(w.address(i), w.ram.Cap); err != nil {
				return fmt.Errorf("getting the RAM back: %w", err)
			}
			w.mint(i, 0, capability.AllRights, 0)
			return nil
		}
	}
	return fmt.Errorf("the RAM is gone")
}

func same(got error, should capability.Error) bool {
	if should == ok {
		return got == nil
	}
	return got == abi.Error(should)
}

func text(err error) string {
	if err == nil {
		return ok.Error()
	}
	return err.Error()
}

// see compares one slot.
func (w *worker) see(i int) error {
	is, err := sys.Identify(w.address(i))
	if e := w.from(i); e != ok {
		if !same(err, e) {
			return fmt.Errorf("slot %d has %+v (%s), and should be empty", i, is, text(err))
		}
		return nil
	}
	if should := w.slots[i].Cap; err != nil || is != should {
		return fmt.Errorf("slot %d has %+v (%s), not %+v", i, is, text(err), should)
	}
	return nil
}

func (w *worker) seeAll() error {
	for i := range w.slots {
		if err := w.see(i); err != nil {
			return err
		}
	}
	return nil
}
