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
