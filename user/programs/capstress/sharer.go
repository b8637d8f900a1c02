package main

import (
	"fmt"
	"math/rand"
	"runtime/debug"
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/binding"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
)

// What instances on several cores do to each other's capabilities. None knows what the others do
// just now, so its model knows what an answer may be, and of some capabilities more:
//
//	firm  nobody else can take it away: it is made of the instance's own RAM, and no other has
//	      ever had it with the right to write, without which nothing is revoked
//	sole  nobody else has it, nor anything of its memory: it was just made, or just revoked
//
// Each page of a frame begins with its physical address, which whoever maps it finds there. To
// the rest of a sole frame an instance writes what nobody else does, and finds it again: who
// still had the page would write into that. What is made anew is zero, whoever had it before.

const (
	lots     = 12 // of an instance's RAM
	lotPages = 2
	lotSize  = lotPages * page
	words    = page / 8
	mostHad  = 40 // capabilities that an instance has
)

const readWrite = capability.Read | capability.Write

// sharer is an instance. It is used by one goroutine.
type sharer struct {
	self  int
	r     *rand.Rand
	space *memory.Space
	ram   memory.RAM
	base  uint64     // of it
	clean [lots]bool // nothing of the lot is in use, for sure
	links []*link    // to each instance; nil: itself
	items []*item
	next  uint64 // for patterns

	made, refused, passed, had, taken int
}

// link is a channel to another instance.
type link struct {
	*binding.Binding
	ended bool
}

// item is a capability that an instance has, or had.
type item struct {
	slot       sys.Cap
	is         capability.Cap
	own, child bool // of its own RAM; made of RAM that others may have, or come from another
	firm, sole bool
	va         uint64 // 0: not mapped
	writable   bool   // the mapping
}

// Errors that are answers.
const (
	errGone   = abi.Error(capability.ErrNoSuchCap)
	errFrozen = abi.Error(capability.ErrRevoked)
	errInUse  = abi.Error(capability.ErrInUse)
	errRights = abi.Error(capability.ErrRights)
)

func newSharer(self int, seed int64) (*sharer, error) {
	x := &sharer{self: self, r: rand.New(rand.NewSource(seed)), space: memory.NewSpace(memory.Own())}
	var err error
	if x.ram, err = memory.Take(lots*lotSize, 0); err != nil {
		return nil, err
	}
	is, err := sys.Identify(x.ram.Cap)
	x.base = is.Base
	x.cleanAll()
	debug.SetPanicOnFault(true) // of the goroutine that touches frames
	return x, err
}

func (x *sharer) cleanAll() {
	for i := range x.clean {
		x.clean[i] = true
	}
}

// step makes one operation.
func (x *sharer) step() error {
	n := x.r.Intn(1000)
	switch {
	case n < 3:
		return x.revokeAll()
	case n < 150:
		return x.make()
	case n < 400:
		return x.collect(x.links[x.r.Intn(len(x.links))])
	case len(x.items) == 0:
		return nil
	}
	i := x.items[x.r.Intn(len(x.items))]
	switch {
	case n < 550:
		return x.pass(i, x.links[x.r.Intn(len(x.links))])
	case n < 600:
		return x.copy(i)
	case n < 680:
		return x.retype(i)
	case n < 740:
		return x.revoke(i)
	case n < 800 || len(x.items) > mostHad:
		return x.drop(i)
	default:
		return x.touch(i)
	}
}

// judge looks whether an answer is one of those that may be. A firm item cannot be gone.
func (x *sharer) judge(what string, i *item, err error, may ...error) error {
	x.made++
	if err != nil {
		x.refused++
	}
	if err == nil && !slices.Contains(may, nil) || err != nil && !slices.Contains(may, err) {
		if i.firm || err != errGone {
			return fmt.Errorf("%s %+v: %q is none of %v", what, *i, text(err), may)
		}
	}
	if err == errGone && !i.firm {
		return x.lost(i)
	}
	return nil
}

// lost forgets an item that others have taken, and looks whether all of it is gone.
func (x *sharer) lost(i *item) error {
	if is, err := sys.Identify(i.slot); err != errGone {
		return fmt.Errorf("%+v is gone and there: %+v, %s", *i, is, text(err))
	}
	x.taken++
	return x.forget(i)
}

func (x *sharer) forget(i *item) error {
	x.items = slices.DeleteFunc(x.items, func(o *item) bool { return o == i })
	err := x.unmap(i)
	slots.Own.Give(i.slot)
	return err
}

func (x *sharer) unmap(i *item) error {
	if i.va == 0 {
		return nil
	}
	va := i.va
	i.va = 0
	return x.space.Unmap(va)
}

// add has an item for what a call puts into a slot.
func (x *sharer) add(i item, f func(slot sys.Cap) error) (*item, error) {
	slot, err := slots.Own.Take()
	if err != nil {
		return nil, err
	}
	if err := f(slot); err != nil {
		slots.Own.Give(slot)
		return nil, err
	}
	i.slot = slot
	x.items = append(x.items, &i)
	return &i, nil
}

// make makes a frame or RAM of a lot.
func (x *sharer) make() error {
	lot := x.r.Intn(lots)
	i := item{own: true, firm: true, sole: true, is: capability.Cap{Type: capability.RAM, Base: x.base + uint64(lot)*lotSize, Size: lotSize}}
	if x.r.Intn(2) == 0 {
		i.is.Type = capability.Frame
	}
	i.is.Rights = i.is.Type.Rights()
	may := []error{nil, errInUse}
	if x.clean[lot] {
		may = may[:1]
	}
	if slices.ContainsFunc(x.items, func(o *item) bool { return o.firm && o.is.Base == i.is.Base }) {
		may = may[1:]
	}
	return x.makeOf(x.ram.Cap, i, uint64(lot)*lotSize, func(err error) error {
		if err == nil {
			x.clean[lot] = false
		}
		return x.judge("make", &item{is: i.is, firm: true}, err, may...)
	})
}

// makeOf makes an item of RAM, has the answer judged, and looks at what a new frame has.
func (x *sharer) makeOf(ram sys.Cap, i item, offset uint64, judge func(error) error) error {
	n, err := x.add(i, func(slot sys.Cap) error {
		cnode, index := slots.Own.Place(slot)
		return sys.Retype(ram, sys.Made{Offset: offset, Type: i.is.Type, Size: i.is.Size, Count: 1, CNode: cnode, First: index})
	})
	if e := judge(err); e != nil || err != nil {
		return e
	}
	return x.see(n, true)
}

// see looks whether a slot has what the model says, and at a frame.
func (x *sharer) see(i *item, new bool) error {
	is, err := sys.Identify(i.slot)
	if err == nil && is != i.is {
		return fmt.Errorf("it is %+v, not %+v", is, i.is)
	}
	if err := x.judge("identify", i, err, nil); err != nil || is.Type != capability.Frame || !new {
		return err
	}
	if err := x.mapIt(i, readWrite); err != nil || i.va == 0 {
		return err
	}
	return x.guarded(i, func() error {
		w := memory.Words(i.va, i.is.Size)
		for j := range w {
			if w[j] != 0 {
				return fmt.Errorf("word %d of a new frame is %#x", j, w[j])
			}
		}
		for p := uint64(0); p < i.is.Size; p += page {
			w[p/8] = i.is.Base + p
		}
		return nil
	})
}

// mapIt maps a frame that is not mapped, with rights that it has.
func (x *sharer) mapIt(i *item, rights capability.Rights) error {
	if i.va != 0 && (i.writable || rights&capability.Write == 0) {
		return nil
	}
	if err := x.unmap(i); err != nil {
		return err
	}
	va, err := x.space.Map(i.slot, i.is.Size, rights)
	if err == nil {
		i.va, i.writable = va, rights&capability.Write != 0
	}
	if rights&^i.is.Rights != 0 {
		return x.judge("map", i, err, errRights, x.unless(i.firm, errFrozen))
	}
	return x.judge("map", i, err, nil, x.unless(i.firm, errFrozen))
}

// unless returns an error that is an answer unless something holds.
func (x *sharer) unless(is bool, err error) error {
	if is {
		return nil
	}
	return err
}

// guarded touches a frame. It can go away at any time; then all of it is gone.
func (x *sharer) guarded(i *item, touch func() error) error {
	err, faulted := catch(touch)
	if !faulted {
		return err
	}
	if i.firm {
		return fmt.Errorf("a fault at %+v, which nobody can take", *i)
	}
	return x.lost(i)
}

// catch calls f, and reports whether it has touched what is not mapped.
func catch(f func() error) (err error, faulted bool) {
	defer func() {
		if e := recover(); e != nil {
			if _, ok := e.(interface{ Addr() uintptr }); !ok {
				panic(e)
			}
			faulted = true
		}
	}()
	return f(), false
}

// touch looks at a frame, and writes to it.
func (x *sharer) touch(i *item) error {
	if i.is.Type != capability.Frame {
		return x.see(i, false)
	}
	rights := capability.Read
	if x.r.Intn(4) > 0 {
		rights = readWrite
	}
	if err := x.mapIt(i, rights); err != nil || i.va == 0 {
		return err
	}
	write := i.writable
	return x.guarded(i, func() error {
		w := memory.Words(i.va, i.is.Size)
		for p := uint64(0); p < i.is.Size; p += page {
			if w[p/8] != i.is.Base+p {
				return fmt.Errorf("%+v: the page at %#x begins with %#x", *i, i.is.Base+p, w[p/8])
			}
		}
		switch {
		case !write:
		case i.sole:
			return x.alone(w)
		default:
			for j := range w {
				if j%words != 0 {
					w[j] = ^uint64(x.self)
				}
			}
		}
		return nil
	})
}

// alone writes to a frame that nobody else has, and finds that again.
func (x *sharer) alone(w []uint64) error {
	x.next++
	for try := 0; try < 4; try++ {
		for j := range w {
			switch should := x.next<<8 | uint64(x.self); {
			case j%words == 0:
			case try == 0:
				w[j] = should
			case w[j] != should:
				return fmt.Errorf("somebody has written %#x to word %d of a frame that nobody else has", w[j], j)
			}
		}
	}
	return nil
}

// pass gives a copy to another instance.
func (x *sharer) pass(i *item, l *link) error {
	if l == nil || l.ended {
		return nil
	}
	rights := capability.Rights(x.r.Intn(4)) | capability.Read
	i.sole, i.firm = false, i.firm && rights&capability.Write == 0
	err := sys.Pass(l.Cap, i.slot, rights, sys.After(patience))
	if err == nil {
		x.passed++
	}
	return x.judge("pass", i, err, nil, abi.ErrFull, abi.ErrAgain, abi.ErrPeerDead)
}

// collect takes what another has passed.
func (x *sharer) collect(l *link) error {
	if l == nil || l.ended || len(x.items) > mostHad {
		return nil
	}
	i, err := x.add(item{child: true}, func(slot sys.Cap) error { return sys.Collect(l.Cap, slot) })
	l.ended = err == abi.ErrPeerDead
	if err := x.judge("collect", &item{firm: true}, err, nil, abi.ErrTime, abi.ErrPeerDead); err != nil || i == nil {
		return err
	}
	x.had++
	is, err := sys.Identify(i.slot)
	if err == nil && (is.Type != capability.Frame && is.Type != capability.RAM || is.Rights&^readWrite != 0 || is.Size > lotSize || is.Size == 0) {
		return fmt.Errorf("%+v has come", is)
	}
	i.is, i.own = is, is.Base-x.base < x.ram.Size
	return x.judge("identify", i, err, nil)
}

// copy copies an item within the instance, perhaps with fewer rights.
func (x *sharer) copy(i *item) error {
	if len(x.items) > mostHad {
		return nil
	}
	n := *i
	n.is.Rights &= capability.Rights(x.r.Intn(8))
	n.firm, n.sole, n.va = false, false, 0
	i.firm, i.sole = false, false
	_, err := x.add(n, func(slot sys.Cap) error { return sys.Mint(i.slot, slot, n.is.Rights, 0) })
	return x.judge("copy", i, err, nil, errFrozen)
}

// retype makes a page of RAM a frame.
func (x *sharer) retype(i *item) error {
	if i.is.Type != capability.RAM || len(x.items) > mostHad {
		return nil
	}
	offset := page * uint64(x.r.Intn(lotPages))
	n := item{own: i.own, child: true, sole: true}
	n.is = capability.Cap{Type: capability.Frame, Rights: capability.Frame.Rights() & i.is.Rights, Base: i.is.Base + offset, Size: page}
	may := []error{nil}
	if !i.sole {
		may = append(may, errInUse)
	}
	if !i.firm {
		may = append(may, errFrozen, errGone)
	}
	if !i.own {
		may = append(may, abi.ErrPeerDead)
	}
	if i.is.Rights&capability.Write == 0 {
		may[0] = errRights
	}
	return x.makeOf(i.slot, n, offset, func(err error) error {
		if err == nil {
			i.sole = false
		}
		return x.judge("retype", i, err, may...)
	})
}

// mayRevoke reports whether an item has the rights for it.
func (i *item) mayRevoke() bool {
	rights := i.is.Rights
	if !i.own {
		rights |= capability.Execute // which no other core's has
	}
	return rights&i.is.Type.Rights() == i.is.Type.Rights()
}

// revoke takes all other copies away, and what was made of them.
func (x *sharer) revoke(i *item) error {
	err := sys.Revoke(i.slot)
	switch {
	case !i.mayRevoke():
		return x.judge("revoke", i, err, errRights)
	case err == nil:
		i.sole, i.firm = true, i.own && !i.child
	}
	if i.own {
		return x.judge("revoke", i, err, nil)
	}
	return x.judge("revoke", i, err, nil, abi.ErrPeerDead)
}

// drop deletes an item.
func (x *sharer) drop(i *item) error {
	err := sys.Delete(i.slot)
	if err != nil {
		return x.judge("delete", i, err, nil)
	}
	x.made++
	if i.firm && i.sole {
		x.clean[(i.is.Base-x.base)/lotSize] = true
	}
	return x.forget(i)
}

// revokeAll takes all back that is made of the instance's RAM: nothing is left of it anywhere.
func (x *sharer) revokeAll() error {
	if err := x.judge("revoke", &item{is: capability.Cap{Base: x.base}, firm: true}, sys.Revoke(x.ram.Cap), nil); err != nil {
		return err
	}
	for _, i := range slices.Clone(x.items) {
		if !i.own {
			continue
		}
		if err := x.lost(i); err != nil {
			return err
		}
	}
	x.cleanAll()
	return nil
}

// close gives back all that the instance has.
func (x *sharer) close() error {
	if err := x.revokeAll(); err != nil {
		return err
	}
	for _, i := range slices.Clone(x.items) {
		if err := x.drop(i); err != nil {
			return err
		}
	}
	for _, l := range x.links {
		if l != nil {
			if err := l.Close(); err != nil {
				return err
			}
		}
	}
	return memory.Give(x.ram)
}
