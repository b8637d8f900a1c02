package memory

import (
	"sync"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/runs"
	"atoll/user/slots"
	"atoll/user/sys"
)

// Arena is RAM of which objects are made.
type Arena struct {
	ram   RAM
	taken bool // from the memory server
	mu    sync.Mutex
	pages *runs.Set
}

// Object is a kernel object, or a frame, made in an arena.
type Object struct {
	Cap   sys.Cap
	Size  uint64
	first int // page in the arena
}

// Own returns an arena of the RAM with which a program begins. There is one: the pages that
// it holds are in use by whoever asked first.
var Own = sync.OnceValue(func() *Arena { return Over(RAM{abi.SlotRAM, abi.FirstRAM}) })

// NewArena takes RAM from the memory server for an arena.
func NewArena(bytes uint64) (*Arena, error) {
	r, err := Take(bytes, 0)
	if err != nil {
		return nil, err
	}
	a := Over(r)
	a.taken = true
	return a, nil
}

// Over returns an arena of RAM of which nothing is made.
func Over(r RAM) *Arena { return &Arena{ram: r, pages: runs.New(int(r.Size / layout.PageSize))} }

// RAM returns what the arena's objects are made from.
func (a *Arena) RAM() RAM { return a.ram }

// Free returns how many pages no object has.
func (a *Arena) Free() int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.pages.Free()
}

// Make makes an object of a type, in a slot of slots.Own. It fails with ErrNoMemory if the
// arena has not so many pages side by side, with slots.ErrNone, or as sys.Retype does.
func (a *Arena) Make(t capability.Type, size uint64) (Object, error) {
	c, err := slots.Own.Take()
	if err != nil {
		return Object{}, err
	}
	o, err := a.makeIn(c, t, size)
	if err != nil {
		slots.Own.Give(c)
	}
	return o, err
}

func (a *Arena) makeIn(c sys.Cap, t capability.Type, size uint64) (Object, error) {
	n := int((size + layout.PageSize - 1) / layout.PageSize)
	a.mu.Lock()
	first, ok := a.pages.Take(n, 0)
	a.mu.Unlock()
	if !ok {
		return Object{}, abi.ErrNoMemory
	}
	cnode, index := slots.Own.Place(c)
	err := sys.Retype(a.ram.Cap, sys.Made{
		Offset: uint64(first) * layout.PageSize, Type: t, Size: size, Count: 1, CNode: cnode, First: index,
	})
	if err != nil {
		a.free(first, n)
		return Object{}, err
	}
	return Object{c, size, first}, nil
}

// Drop ends an object, with all copies of its capability.
func (a *Arena) Drop(o Object) error {
	if err := sys.Revoke(o.Cap); err != nil {
		return err
	}
	if err := sys.Delete(o.Cap); err != nil {
		return err
	}
	slots.Own.Give(o.Cap)
	a.free(o.first, int(o.Size/layout.PageSize))
	return nil
}

func (a *Arena) free(first, n int) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.pages.Give(first, n)
}

// Close gives the arena's RAM back. All objects must have been dropped.
func (a *Arena) Close() error {
	if !a.taken {
		return nil
	}
	return Give(a.ram)
}
