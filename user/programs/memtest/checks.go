package main

import (
	"fmt"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
)

// check is one check: its name says what holds.
type check struct {
	name string
	run  func(w *world) error
}

const (
	read      = capability.Read
	write     = capability.Write
	readWrite = read | write
)

var checks = []check{
	{"the program has the capabilities that it should have", first},
	{"RAM of the memory server is of the size and alignment asked for", aligned},
	{"objects of every type can be made of RAM", everyType},
	{"no two objects are made of the same memory", apart},
	{"frames are zero when they are made, though their memory was written", zeroed},
	{"each page has what was written to it, over several tables", patterns},
	{"two mappings of a frame show the same memory", shared},
	{"what a capability does not permit is refused", rights},
	{"what is of the wrong type or size is refused", wrong},
	{"addresses that name no capability are refused", nowhere},
	{"a mapping permits what was asked for, and no more", permissions},
	{"an address space can be built, without the kernel's half", anotherSpace},
	{"a table of capabilities takes with it what it holds", nested},
	{"revoking RAM takes all that was made of it, and its mappings", revoked},
	{"memory that something is made of is not taken back", inUse},
}

func first(*world) error {
	const all = capability.AllRights
	return steps(
		func() error {
			return see(abi.SlotRoot, capability.Cap{Type: capability.CNode, Rights: readWrite, Size: abi.RootSlots * capability.SlotSize})
		},
		func() error {
			return see(abi.SlotTable, capability.Cap{Type: capability.VNodeL1, Rights: write, Size: 2 * page})
		},
		func() error {
			return see(abi.SlotRAM, capability.Cap{Type: capability.RAM, Rights: all, Size: abi.FirstRAM})
		},
		func() error {
			c, err := sys.Identify(abi.SlotMemory)
			if err != nil || c.Type != capability.Endpoint || c.Rights&read != 0 {
				return fmt.Errorf("the memory server is %+v (%v)", c, err)
			}
			return nil
		},
	)
}

func aligned(*world) error {
	for _, align := range []uint64{0, page, 16 * page, 2 << 20} {
		r, err := memory.Take(3*page, align)
		if err != nil {
			return err
		}
		c, err := sys.Identify(r.Cap)
		if err != nil || c.Type != capability.RAM || c.Rights != capability.AllRights || c.Size != 3*page || c.Base%max(align, page) != 0 {
			return fmt.Errorf("3 pages at a multiple of %d are %+v (%v)", align, c, err)
		}
		if err := memory.Give(r); err != nil {
			return err
		}
	}
	_, err := memory.Take(page/2, 0)
	if err == nil {
		return fmt.Errorf("half a page was given")
	}
	_, err = memory.Take(1<<40, 0)
	if err == nil {
		return fmt.Errorf("a terabyte was given")
	}
	return nil
}

// kind is what can be made of RAM.
type kind struct {
	t      capability.Type
	size   uint64
	rights capability.Rights
}

var kinds = []kind{
	{capability.RAM, 4 * page, capability.AllRights},
	{capability.Frame, 3 * page, capability.AllRights},
	{capability.VNodeL2, 2 * page, write},
	{capability.VNodeL1, 2 * page, write},
	{capability.VNodeL0, 2 * page, write},
	{capability.CNode, 2 * page, readWrite},
	{capability.Dispatcher, 2 * page, readWrite},
	{capability.Endpoint, page, readWrite},
}

func everyType(w *world) error {
	ram, err := sys.Identify(w.arena.RAM().Cap)
	if err != nil {
		return err
	}
	var list []memory.Object
	for _, k := range kinds {
		o, err := w.arena.Make(k.t, k.size)
		if err != nil {
			return fmt.Errorf("%v: %w", k.t, err)
		}
		if err := see(o.Cap, capability.Cap{Type: k.t, Rights: k.rights, Size: k.size}); err != nil {
			return err
		}
		if c, _ := sys.Identify(o.Cap); c.Base < ram.Base || c.Base+c.Size > ram.Base+ram.Size {
			return fmt.Errorf("a %v lies outside the RAM that it was made of", k.t)
		}
		list = append(list, o)
	}
	for _, o := range list {
		if err := w.arena.Drop(o); err != nil {
			return err
		}
	}
	return nil
}

// apart makes an object and tries to make others at each place that overlaps with it.
func apart(w *world) error {
	ram := w.arena.RAM().Cap
	return w.with(capability.Frame, 3*page, func(o memory.Object) error {
		c, err := sys.Identify(o.Cap)
		if err != nil {
			return err
		}
		r, err := sys.Identify(ram)
		if err != nil {
			return err
		}
		at := c.Base - r.Base
		return withSlot(func(slot sys.Cap) error {
			cnode, index := slots.Own.Place(slot)
			for _, m := range []sys.Made{
				{Offset: at, Size: page}, {Offset: at + page, Size: page}, {Offset: at + 2*page, Size: page},
				{Offset: at + 2*page, Size: 2 * page}, {Offset: at, Size: 16 * page}, {Offset: 0, Size: r.Size},
			} {
				m.Type, m.Count, m.CNode, m.First = capability.Frame, 1, cnode, index
				if err := want("a second object in the same memory", sys.Retype(ram, m), refused(capability.ErrInUse)); err != nil {
					return err
				}
			}
			return nil
		})
	})
}

func zeroed(w *world) error {
	const size = 64 * page
	for range 3 {
		err := w.with(capability.Frame, size, func(o memory.Object) error {
			return w.mapped(o.Cap, size, readWrite, func(va uint64) error {
				m, ok := w.words(va, size, layout.R|layout.W)
				if !ok {
					return fmt.Errorf("%#x cannot be written", va)
				}
				for i := range m {
					if m[i] != 0 {
						return fmt.Errorf("word %d of a new frame is %#x", i, m[i])
					}
					m[i] = ^uint64(i)
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// patterns writes its own address to each word of many frames, and then reads all.
func patterns(w *world) error {
	const frames, size = 3, 256 * page // two fill a table
	var all [frames]memory.Object
	var at [frames]uint64
	each := func(f func(i int, m []uint64) error) error {
		for i, va := range at {
			m, ok := w.words(va, size, layout.R|layout.W)
			if !ok {
				return fmt.Errorf("%#x cannot be written", va)
			}
			if err := f(i, m); err != nil {
				return err
			}
		}
		return nil
	}
	for i := range all {
		var err error
		if all[i], err = w.arena.Make(capability.Frame, size); err != nil {
			return err
		}
		if at[i], err = w.space.Map(all[i].Cap, size, readWrite); err != nil {
			return err
		}
	}
	err := steps(
		func() error {
			return each(func(i int, m []uint64) error {
				for j := range m {
					m[j] = at[i] + 8*uint64(j)
				}
				return nil
			})
		},
		func() error {
			return each(func(i int, m []uint64) error {
				for j := range m {
					if m[j] != at[i]+8*uint64(j) {
						return fmt.Errorf("at %#x stands %#x", at[i]+8*uint64(j), m[j])
					}
				}
				return nil
			})
		},
	)
	for i := 0; i < frames && err == nil; i++ {
		if err = w.space.Unmap(at[i]); err == nil {
			err = w.arena.Drop(all[i])
		}
	}
	return err
}

func shared(w *world) error {
	return w.with(capability.Frame, page, func(o memory.Object) error {
		return withSlot(func(second sys.Cap) error {
			if err := sys.Copy(o.Cap, second); err != nil {
				return err
			}
			return w.mapped(o.Cap, page, readWrite, func(va uint64) error {
				return w.mapped(second, page, read, func(other uint64) error {
					m, ok := w.words(va, page, layout.R|layout.W)
					n, ok2 := w.words(other, page, layout.R)
					if !ok || !ok2 || va == other {
						return fmt.Errorf("mapped at %#x and %#x, %v, %v", va, other, ok, ok2)
					}
					for i := range m {
						m[i] = uint64(i) * 0x9e3779b97f4a7c15
					}
					for i := range n {
						if n[i] != uint64(i)*0x9e3779b97f4a7c15 {
							return fmt.Errorf("word %d is not what was written to the other mapping", i)
						}
					}
					return nil
				})
			})
		})
	})
}

// permissions maps a frame with all rights in some ways and tries what each permits.
func permissions(w *world) error {
	for _, p := range []struct {
		rights  capability.Rights
		permits layout.Perm
		not     layout.Perm
	}{{read, layout.R, layout.W}, {readWrite, layout.R | layout.W, 0}} {
		err := w.with(capability.Frame, page, func(o memory.Object) error {
			return w.mapped(o.Cap, page, p.rights, func(va uint64) error {
				if _, ok := w.words(va, page, p.permits); !ok {
					return fmt.Errorf("mapped with rights %03b it does not permit %03b", p.rights, p.permits)
				}
				if _, ok := w.words(va, page, p.not); ok && p.not != 0 {
					return fmt.Errorf("mapped with rights %03b it permits %03b", p.rights, p.not)
				}
				return nil
			})
		})
		if err != nil {
			return err
		}
	}
	return nil
}
