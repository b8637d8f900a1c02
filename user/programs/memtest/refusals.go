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

// minted makes a capability with fewer rights to a new object while f runs.
func (w *world) minted(t capability.Type, size uint64, rights capability.Rights, f func(o memory.Object, less sys.Cap) error) error {
	return w.with(t, size, func(o memory.Object) error {
		return withSlot(func(less sys.Cap) error {
			if err := sys.Mint(o.Cap, less, rights, 0); err != nil {
				return err
			}
			return f(o, less)
		})
	})
}

func rights(w *world) error {
	lacks := refused(capability.ErrRights)
	return steps(
		func() error { // a frame that may be read is not mapped to be written, and gives no more
			return w.minted(capability.Frame, page, read, func(o memory.Object, less sys.Cap) error {
				_, err := w.space.Map(less, page, readWrite)
				if err := want("mapping to write what may be read", err, lacks); err != nil {
					return err
				}
				return withSlot(func(c sys.Cap) error {
					if err := sys.Mint(less, c, capability.AllRights, 0); err != nil {
						return err
					}
					return see(c, capability.Cap{Type: capability.Frame, Rights: read, Size: page})
				})
			})
		},
		func() error { // nothing is written and executed
			return w.with(capability.Frame, page, func(o memory.Object) error {
				_, err := w.space.Map(o.Cap, page, capability.AllRights)
				return want("mapping to write and to execute", err, lacks)
			})
		},
		func() error { // of RAM that may not be written nothing is made
			return w.minted(capability.RAM, 4*page, read|capability.Execute, func(o memory.Object, less sys.Cap) error {
				return w.retype(less, capability.Frame, page, lacks)
			})
		},
		func() error { // nothing is put into a CNode that may be read alone
			return w.minted(capability.CNode, page, read, func(o memory.Object, less sys.Cap) error {
				return withRAM(w, func(ram sys.Cap) error {
					m := sys.Made{Type: capability.Frame, Size: page, Count: 1, CNode: less, First: 1}
					return want("making something in a CNode that may be read alone", sys.Retype(ram, m), lacks)
				})
			})
		},
		func() error { // a table that may not be written
			return w.minted(capability.VNodeL0, 2*page, read, func(o memory.Object, less sys.Cap) error {
				return w.with(capability.Frame, page, func(f memory.Object) error {
					return want("mapping into a table that may not be written",
						sys.Map(f.Cap, sys.Place{Table: less, Count: 1, Rights: read}), lacks)
				})
			})
		},
		func() error { // a badge stays, and lent rights do not revoke
			return w.with(capability.Endpoint, page, func(o memory.Object) error {
				return withSlot(func(lent sys.Cap) error {
					return withSlot(func(again sys.Cap) error {
						return steps(
							func() error { return sys.Mint(o.Cap, lent, write, 7) },
							func() error { return want("a second badge", sys.Mint(lent, again, write, 8), lacks) },
							func() error { return want("revoking what was lent", sys.Revoke(lent), lacks) },
							func() error { return sys.Copy(lent, again) },
							func() error {
								return see(again, capability.Cap{Type: capability.Endpoint, Rights: write, Badge: 7, Size: page})
							},
						)
					})
				})
			})
		},
	)
}

// retype tries to make an object, which must end so.
func (w *world) retype(ram sys.Cap, t capability.Type, size uint64, should error) error {
	return withSlot(func(c sys.Cap) error {
		cnode, index := slots.Own.Place(c)
		err := sys.Retype(ram, sys.Made{Type: t, Size: size, Count: 1, CNode: cnode, First: index})
		return want(fmt.Sprintf("making a %v of %d bytes", t, size), err, should)
	})
}

// withRAM makes RAM of which nothing is made while f runs.
func withRAM(w *world, f func(ram sys.Cap) error) error {
	return w.with(capability.RAM, 8*page, func(o memory.Object) error { return f(o.Cap) })
}

func wrong(w *world) error {
	typ, size := refused(capability.ErrWrongType), refused(capability.ErrSize)
	return withRAM(w, func(ram sys.Cap) error {
		for _, row := range []struct {
			t      capability.Type
			size   uint64
			should error
		}{
			{capability.Null, page, typ}, {capability.DevFrame, page, typ}, {capability.IRQ, 1, typ}, {capability.Kernel, 1, typ},
			{capability.NumTypes, page, typ}, {^capability.Type(0), page, typ},
			{capability.Frame, 0, size}, {capability.Frame, page + 8, size}, {capability.VNodeL0, page, size},
			{capability.Endpoint, 2 * page, size}, {capability.Dispatcher, page, size}, {capability.CNode, 0, size},
			{capability.Frame, 9 * page, refused(capability.ErrRange)}, {capability.Frame, -page & (1<<64 - 1), refused(capability.ErrRange)},
		} {
			if err := w.retype(ram, row.t, row.size, row.should); err != nil {
				return err
			}
		}
		return w.with(capability.Frame, page, func(f memory.Object) error {
			return w.with(capability.VNodeL0, 2*page, func(table memory.Object) error {
				in := sys.Place{Table: table.Cap, Count: 1, Rights: read}
				return steps(
					func() error { return w.retype(f.Cap, capability.Frame, page, typ) },
					func() error { return want("mapping RAM", sys.Map(ram, in), typ) },
					func() error {
						return want("mapping into a frame", sys.Map(f.Cap, sys.Place{Table: f.Cap, Count: 1, Rights: read}), typ)
					},
					func() error { return want("a table in itself", sys.Map(table.Cap, in), typ) },
					func() error {
						return want("unmapping what is not mapped", sys.Unmap(f.Cap), refused(capability.ErrNotMapped))
					},
					func() error {
						return want("more entries than a table has", sys.Map(f.Cap, sys.Place{Table: table.Cap, Index: 511, Count: 2, Rights: read}), refused(capability.ErrRange))
					},
					func() error {
						return want("more pages than the frame has", sys.Map(f.Cap, sys.Place{Table: table.Cap, Count: 2, Rights: read}), refused(capability.ErrRange))
					},
					func() error { return sys.Map(f.Cap, in) },
					func() error {
						return want("mapping twice", sys.Map(f.Cap, sys.Place{Table: table.Cap, Index: 9, Count: 1, Rights: read}), refused(capability.ErrMapped))
					},
					func() error { return sys.Unmap(f.Cap) },
				)
			})
		})
	})
}

func nowhere(w *world) error {
	none := refused(capability.ErrNoSuchCap)
	return w.with(capability.Frame, page, func(o memory.Object) error {
		for _, c := range []sys.Cap{0, 1, 1 << 16 >> 1, abi.RootSlots << 16, ^sys.Cap(0), o.Cap | 1, abi.SlotRoot | abi.RootSlots, abi.SlotMemory | 3} {
			_, err := sys.Identify(c)
			if err := want(fmt.Sprintf("naming %#x", c), err, none); err != nil {
				return err
			}
			if err := want(fmt.Sprintf("copying to %#x", c), sys.Copy(o.Cap, c), none); err != nil {
				return err
			}
		}
		return withSlot(func(c sys.Cap) error {
			return steps(
				func() error { return want("copying from an empty slot", sys.Copy(c, c), none) },
				func() error { return want("deleting from an empty slot", sys.Delete(c), none) },
				func() error {
					return want("copying to a slot in use", sys.Copy(o.Cap, abi.SlotRoot), refused(capability.ErrNotEmpty))
				},
				func() error { return want("moving to itself", sys.Move(o.Cap, o.Cap), refused(capability.ErrNotEmpty)) },
			)
		})
	})
}

func anotherSpace(w *world) error {
	const kernelHalf = layout.UserEnd / layout.GigaPage
	return w.with(capability.VNodeL2, 2*page, func(l2 memory.Object) error {
		return w.with(capability.VNodeL1, 2*page, func(l1 memory.Object) error {
			return w.with(capability.VNodeL0, 2*page, func(l0 memory.Object) error {
				return w.with(capability.Frame, 5*page, func(f memory.Object) error {
					return steps(
						func() error {
							return want("a table in the kernel's half", sys.Map(l1.Cap, sys.Place{Table: l2.Cap, Index: kernelHalf, Count: 1}), refused(capability.ErrRange))
						},
						func() error {
							return want("a level left out", sys.Map(l0.Cap, sys.Place{Table: l2.Cap, Count: 1}), refused(capability.ErrWrongType))
						},
						func() error { return sys.Map(l1.Cap, sys.Place{Table: l2.Cap, Index: kernelHalf - 1, Count: 1}) },
						func() error { return sys.Map(l0.Cap, sys.Place{Table: l1.Cap, Index: 511, Count: 1}) },
						func() error { return sys.Map(f.Cap, sys.Place{Table: l0.Cap, Index: 507, Count: 5, Rights: readWrite}) },
						func() error {
							return want("an entry in use", sys.Map(f.Cap, sys.Place{Table: l0.Cap, Index: 508, Count: 1, Rights: read}), refused(capability.ErrMapped))
						},
					)
				})
			})
		})
	})
}

// nested makes a table of capabilities within the program's, fills it and lets it go.
func nested(w *world) error {
	return w.with(capability.RAM, 80*page, func(inner memory.Object) error {
		table, err := w.arena.Make(capability.CNode, page)
		if err != nil {
			return err
		}
		in := slots.In(table.Cap, capability.SlotsPerPage)
		first, err := in.TakeRun(40)
		if err != nil {
			return err
		}
		cnode, index := in.Place(first)
		err = sys.Retype(inner.Cap, sys.Made{Type: capability.Frame, Size: page, Count: 40, CNode: cnode, First: index})
		if err != nil {
			return fmt.Errorf("40 frames: %w", err)
		}
		last := in.At(index + 39)
		if err := see(last, capability.Cap{Type: capability.Frame, Rights: capability.AllRights, Size: page}); err != nil {
			return err
		}
		if err := w.arena.Drop(table); err != nil {
			return err
		}
		_, err = sys.Identify(last)
		if err := want("a slot of a table that is gone", err, refused(capability.ErrNoSuchCap)); err != nil {
			return err
		}
		return w.retype(inner.Cap, capability.Frame, 80*page, nil) // the frames are gone
	})
}

func revoked(w *world) error {
	return w.with(capability.RAM, 64*page, func(o memory.Object) error {
		inner := memory.Over(memory.RAM{Cap: o.Cap, Size: o.Size})
		f, err := inner.Make(capability.Frame, 7*page)
		if err != nil {
			return err
		}
		half, err := inner.Make(capability.RAM, 16*page)
		if err != nil {
			return err
		}
		deep, err := memory.Over(memory.RAM{Cap: half.Cap, Size: half.Size}).Make(capability.Endpoint, page)
		if err != nil {
			return err
		}
		all := []sys.Cap{f.Cap, half.Cap, deep.Cap}
		return withSlot(func(copied sys.Cap) error {
			if err := sys.Copy(f.Cap, copied); err != nil {
				return err
			}
			err := w.mapped(f.Cap, f.Size, readWrite, func(va uint64) error {
				if err := sys.Revoke(o.Cap); err != nil {
					return err
				}
				if _, ok := w.words(va, page, layout.R); ok {
					return fmt.Errorf("%#x can be read after its RAM was revoked", va)
				}
				return nil
			})
			if err != nil {
				return err
			}
			for _, c := range append(all, copied) {
				_, err := sys.Identify(c)
				if err := want(fmt.Sprintf("%#x after revoking", c), err, refused(capability.ErrNoSuchCap)); err != nil {
					return err
				}
			}
			for _, c := range all {
				slots.Own.Give(c)
			}
			return w.retype(o.Cap, capability.Frame, 64*page, nil)
		})
	})
}

func inUse(w *world) error {
	return w.with(capability.Frame, page, func(memory.Object) error {
		if memory.Give(w.arena.RAM()) == nil {
			return fmt.Errorf("RAM was taken back with a frame in it")
		}
		return nil
	})
}
