package main

import (
	"fmt"

	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/sys"
)

// What an instance finds in pages, and writes there.

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

func (x *sharer) unmap(i *item) error {
	if i.va == 0 {
		return nil
	}
	va := i.va
	i.va = 0
	return x.space.Unmap(va)
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
