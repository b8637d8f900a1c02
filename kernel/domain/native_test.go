package domain

import (
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// steps is code that does one thing after another, and then stops the loop.
func (w *world) steps(list ...func(u *shim.User)) func(*shim.User) {
	i := 0
	w.t.Cleanup(func() {
		if i < len(list) {
			w.t.Errorf("it came to step %d of %d", i, len(list))
		}
	})
	return func(u *shim.User) {
		if i == len(list) {
			w.loop.Stop()
			u.Cause = interrupted
			return
		}
		i++
		list[i-1](u)
	}
}

// doing is a step that is a native call.
func doing(number uint64, args ...uint64) func(*shim.User) {
	return func(u *shim.User) { ecall(u, number, args...) }
}

// Two natives in two address spaces take turns, each with its registers, by what they call.
// Sabotages: in start, leave Root as it is; in yield, return the caller.
func TestNativeYield(t *testing.T) {
	w := newWorld(t)
	var parties [2]*party
	var order []int
	for i := range parties {
		n := 0
		parties[i] = w.party(func(u *shim.User) {
			order = append(order, i)
			if u.X[20] != uint64(n) {
				t.Errorf("party %d has %d in x20, want %d", i, u.X[20], n)
			}
			n++
			u.X[20]++
			ecall(u, abi.CallYield, own(9))
			if n == 20 {
				w.loop.Stop()
			}
		})
	}
	for i, p := range parties {
		w.want(abi.OK, abi.CallCopy, parties[1-i].self, p.cnode|9)
		p.f.Disabled = 1
		w.start(p)
		if p.PC != codeVA || p.X[regSP] != stackVA || p.X[regA0] != 5 {
			t.Fatalf("it begins at %#x with stack %#x and %d", p.PC, p.X[regSP], p.X[regA0])
		}
	}
	w.loop.Run()
	for i, k := range order {
		if k != (order[0]+i)%2 {
			t.Fatalf("they ran in the order %v", order)
		}
	}
	if len(order) < 30 {
		t.Errorf("%d runs", len(order))
	}
}

// A turn that ends while it is enabled is told by an upcall when the next begins, with all
// registers kept in the frame; while it is disabled it goes on where it was.
// Sabotages: in upcall, keep no floating-point registers; in tell, do not look at disabled;
// in disabled, leave out the critical range; in Loop.turn, begin one at each interrupt.
func TestUpcallRun(t *testing.T) {
	w := newWorld(t)
	var p *party
	var fp [32]uint64
	for i := range fp {
		fp[i] = uint64(i) * 3
	}
	upcalls := func(want uint64) {
		t.Helper()
		if p.f.Upcalls != want {
			t.Fatalf("%d upcalls, want %d", p.f.Upcalls, want)
		}
	}
	at := func(pc uint64) {
		t.Helper()
		if p.PC != pc {
			t.Fatalf("it is at %#x, want %#x", p.PC, pc)
		}
	}
	begin := uint64(0)
	p = w.party(w.steps(
		func(u *shim.User) { // the upcall of the first turn: it began enabled
			at(entryVA)
			if u.X[regSP] != stackVA || u.X[regA0] != frameVA || u.X[regA0+1] != uint64(abi.UpcallRun) || p.f.Disabled != 1 {
				t.Errorf("an upcall begins with stack %#x, %#x, disabled %d", u.X[regSP], u.X[10:14], p.f.Disabled)
			}
			if p.f.Enabled.X[0] != codeVA || p.f.Enabled.X[regA0] != 5 {
				t.Errorf("what was interrupted is %#x with %d", p.f.Enabled.X[0], p.f.Enabled.X[regA0])
			}
			u.Cause = interrupted // disabled: it goes on
			u.PC += 40
		},
		func(u *shim.User) {
			at(entryVA + 40)
			upcalls(1)
			p.f.Disabled = 0
			for i := range u.X {
				u.X[i] = uint64(i) << 8
			}
			p.SetFP(&fp, 7)
			u.PC = codeVA + 4
			u.Cause = interrupted
		},
		func(u *shim.User) {
			at(entryVA)
			upcalls(2)
			s := p.f.Enabled
			for i, v := range s.X[1:] {
				if v != uint64(i+1)<<8 {
					t.Errorf("x%d is kept as %#x", i+1, v)
				}
			}
			if s.X[0] != codeVA+4 || s.F != fp || s.FCSR != 7 {
				t.Errorf("pc %#x, fcsr %d, F %d", s.X[0], s.FCSR, s.F)
			}
			p.f.Disabled, p.f.CriticalFrom, p.f.CriticalTo = 0, codeVA+8, codeVA+16
			u.PC = codeVA + 12
			u.Cause = interrupted
		},
		func(u *shim.User) {
			at(codeVA + 12)
			upcalls(2)
			u.PC = codeVA + 16
			begin = w.hart.now
			u.Cause = interrupted // by a device, in the middle of the turn
			w.hart.partly = true
		},
		func(u *shim.User) {
			at(codeVA + 16)
			upcalls(2)
			if w.hart.now > begin+100 {
				t.Errorf("the turn lasted from %d to %d", begin, w.hart.now)
			}
			u.Cause = interrupted
		},
		func(u *shim.User) { at(entryVA); upcalls(3); u.Cause = interrupted },
	))
	w.start(p)
	w.loop.Run()
}

// What it may not do is told to its own code, with what it was, while it is enabled; else
// it is stopped, and others see why. A call that is none of the native ones is told too.
// Sabotages: in fault, do not look at disabled; in strange, answer.
func TestUpcallFault(t *testing.T) {
	w := newWorld(t)
	var p *party
	fault := func(u *shim.User) { u.Cause, u.Value = shim.CauseLoadFault, 0x7777 }
	p = w.party(w.steps(
		func(u *shim.User) { p.f.Disabled = 0; u.PC = codeVA; fault(u) },
		func(u *shim.User) {
			if x := u.X[10:14]; u.PC != entryVA || x[0] != frameVA || x[1] != uint64(abi.UpcallFault) || x[2] != shim.CauseLoadFault || x[3] != 0x7777 {
				t.Errorf("at %#x with %#x", u.PC, x)
			}
			if p.f.Trap.X[0] != codeVA || p.f.Disabled != 1 {
				t.Errorf("the fault was at %#x, disabled %d", p.f.Trap.X[0], p.f.Disabled)
			}
			p.f.Disabled = 0
			ecall(u, 64)
		},
		func(u *shim.User) {
			if x := u.X[10:14]; x[1] != uint64(abi.UpcallCall) || x[2] != 64 {
				t.Errorf("an unknown call is told with %#x", x)
			}
			ecall(u, 64)
		},
		func(u *shim.User) {
			if u.X[regA0] != uint64(abi.ErrNoCall) {
				t.Errorf("while it is disabled it answers %d", u.X[regA0])
			}
			fault(u)
		},
	))
	w.start(p)
	w.loop.Run()
	w.want(abi.OK, abi.CallInspect, p.self)
	if x := w.p.X[regA0+1:]; x[0] != uint64(abi.StateFaulted) || x[1] != shim.CauseLoadFault || x[2] != 0x7777 || x[3] != p.PC {
		t.Errorf("it is seen as %#x", x[:4])
	}
	w.want(abi.ErrState, abi.CallStop, p.self)
	w.want(abi.OK, abi.CallStart, p.self, codeVA, stackVA, 5)
}

// A page that is not there yet is made by who makes the pages of its address space, though it
// is disabled; what he does not make, and what is no page fault, is told to it. Nobody is
// asked who has another address space.
// Sabotages: in fault, do not look at page; in page, do not compare the address spaces.
func TestPage(t *testing.T) {
	w := newWorld(t)
	other := &Caller{Page: func(uint64, layout.Perm) bool { t.Error("one with another address space is asked"); return true }}
	w.Admit(other, kernelSlot(1), w.party(nil).space)
	type access struct {
		va   uint64
		perm layout.Perm
	}
	var asked []access
	pages := &Caller{Page: func(va uint64, perm layout.Perm) bool { asked = append(asked, access{va, perm}); return va < 0x9000 }}
	fault := func(cause, va uint64) func(*shim.User) {
		return func(u *shim.User) { u.PC, u.Cause, u.Value = codeVA, cause, va }
	}
	var p *party
	told := func(cause, va uint64) func(*shim.User) {
		return func(u *shim.User) {
			if x := u.X[10:14]; u.PC != entryVA || x[1] != uint64(abi.UpcallFault) || x[2] != cause || x[3] != va {
				t.Errorf("at %#x with %#x", u.PC, x)
			}
			p.f.Disabled, u.Cause = 0, interrupted
		}
	}
	p = w.party(w.steps(
		fault(shim.CauseFetchFault, 0x1000),
		fault(shim.CauseLoadFault, 0x2000),
		func(u *shim.User) { p.f.Disabled = 0; fault(shim.CauseStoreFault, 0x9000)(u) },
		told(shim.CauseStoreFault, 0x9000),
		func(u *shim.User) { p.f.Disabled = 0; fault(shim.CauseIllegal, 0x1000)(u) },
		told(shim.CauseIllegal, 0x1000),
	))
	p.f.Disabled = 1
	w.Admit(pages, kernelSlot(1), p.space)
	w.start(p)
	w.loop.Run()
	want := []access{{0x1000, layout.X}, {0x2000, layout.R}, {0x9000, layout.W}}
	if !slices.Equal(asked, want) {
		t.Errorf("asked for %v, want %v", asked, want)
	}
}

// What comes while it is disabled stands in the frame, and neither a wait nor a resume goes
// past it. Sabotages: in tell, leave out Pending; in wait, do not look at it; in resume, leave
// out due; in post, do not wake.
func TestPending(t *testing.T) {
	w := newWorld(t)
	var p *party
	const message = 1 << abi.UpcallMessage
	p = w.party(w.steps(
		func(u *shim.User) { ecall(u, abi.CallWait, abi.Forever) },
		func(u *shim.User) {
			if u.X[regA0] != uint64(abi.OK) || p.f.Pending != message || u.PC == entryVA {
				t.Errorf("a wait while disabled ends with %v, pending %#x", abi.Error(u.X[regA0]), p.f.Pending)
			}
			ecall(u, abi.CallWait, abi.Forever)
		},
		func(u *shim.User) {
			if u.X[regA0] != uint64(abi.OK) {
				t.Error("a wait with something pending did not end at once")
			}
			p.f.Trap.X = [32]uint64{codeVA + 64, 1, 2, 3}
			p.f.Trap.F[8] = 9
			ecall(u, abi.CallResume, trapOffset)
		},
		func(u *shim.User) {
			if u.PC != entryVA || u.X[regA0+1] != uint64(abi.UpcallMessage) || p.f.Enabled.X != p.f.Trap.X || p.f.Enabled.F[8] != 9 {
				t.Errorf("a resume with something pending: at %#x, %#x", u.PC, u.X[10:14])
			}
			p.f.Pending = 0
			ecall(u, abi.CallResume, trapOffset)
		},
		func(u *shim.User) {
			if f, _ := p.FP(); u.PC != codeVA+64 || u.X[3] != 3 || f[8] != 9 || p.f.Disabled != 0 {
				t.Errorf("a resume: at %#x, disabled %d", u.PC, p.f.Disabled)
			}
			ecall(u, abi.CallWait, abi.Forever)
		},
		func(u *shim.User) {
			if u.PC != entryVA || u.X[regA0+1] != uint64(abi.UpcallMessage) || p.f.Enabled.X[regA0] != uint64(abi.OK) {
				t.Errorf("a message to who waits enabled: at %#x, %#x", u.PC, u.X[10:14])
			}
			ecall(u, abi.CallWait, w.hart.now+50)
		},
		func(u *shim.User) {
			if u.X[regA0] != uint64(abi.ErrTime) || u.PC == entryVA {
				t.Errorf("a wait while disabled, until a time, ends with %v", abi.Error(u.X[regA0]))
			}
			p.f.Disabled = 0
			ecall(u, abi.CallWait, w.hart.now+50)
		},
		func(u *shim.User) {
			if u.PC != entryVA || u.X[regA0+1] != uint64(abi.UpcallTime) || p.f.Enabled.X[regA0] != uint64(abi.ErrTime) {
				t.Errorf("a time that has come: at %#x, %#x", u.PC, u.X[10:14])
			}
			ecall(u, abi.CallResume, 4096-8)
		},
		func(u *shim.User) {
			if u.X[regA0] != uint64(abi.ErrAddress) {
				t.Errorf("a resume from behind the frame: %v", abi.Error(u.X[regA0]))
			}
			u.Cause = interrupted
		},
	))
	w.start(p)
	told := 0
	w.hart.idle = func() bool {
		if told++; told > 4 || !p.Waits() {
			return false
		}
		w.post(p.native, abi.UpcallMessage)
		return true
	}
	w.loop.Run()
	if told != 2 {
		t.Errorf("it was told of %d messages, and waited for 2", told)
	}
}

// A native that loses what it runs with, or is deleted or revoked, by itself or by another,
// runs no more, and nobody in an address space that has ended (hart.check).
// Sabotages: in Destroy, leave out Forget; in finish, leave out valid; in Picked, leave out
// valid; in finish, do not look whether the caller is there; in destroy, leave out End.
func TestNativeEnds(t *testing.T) {
	const ram = 5
	revokeAll := doing(abi.CallRevoke, own(ram))
	for name, c := range map[string]struct {
		runs int
		code func(w *world, p *party) []func(*shim.User)
	}{
		"deletes its table": {2, func(w *world, p *party) []func(*shim.User) {
			w.want(abi.OK, abi.CallDelete, p.table)
			return []func(*shim.User){doing(abi.CallDelete, own(2)), doing(abi.CallRevoke, own(ram))}
		}},
		"revokes its table": {1, func(*world, *party) []func(*shim.User) {
			return []func(*shim.User){doing(abi.CallRevoke, own(2)), revokeAll}
		}},
		"revokes its frame": {1, func(*world, *party) []func(*shim.User) {
			return []func(*shim.User){doing(abi.CallRevoke, own(4)), revokeAll}
		}},
		"revokes itself": {2, func(*world, *party) []func(*shim.User) {
			return []func(*shim.User){doing(abi.CallRevoke, own(1)), doing(abi.CallDelete, own(1))}
		}},
		"revokes all": {1, func(*world, *party) []func(*shim.User) {
			return []func(*shim.User){revokeAll, revokeAll, revokeAll}
		}},
		"is interrupted when its table ends": {1, func(w *world, p *party) []func(*shim.User) {
			return []func(*shim.User){func(u *shim.User) {
				u.Cause, w.hart.partly = interrupted, true
				w.loop.Do(func() {
					table := slot(capability.Address(p.table))
					w.db.Revoke(table, 1000)
					w.db.Delete(table)
				})
			}}
		}},
		"stops": {1, func(*world, *party) []func(*shim.User) {
			return []func(*shim.User){doing(abi.CallStop, own(1)), revokeAll}
		}},
	} {
		w := newWorld(t)
		ran := 0
		var list []func(*shim.User)
		p := w.party(func(u *shim.User) {
			if ran++; ran > len(list) {
				u.Cause = interrupted
				return
			}
			list[ran-1](u)
		})
		spin := w.party(func(u *shim.User) {
			u.Cause = interrupted
			if w.hart.now > 100_000 {
				w.loop.Stop()
			}
		})
		list = c.code(w, p)
		p.f.Disabled = 1
		w.start(p)
		if name != "is interrupted when its table ends" { // and nobody else runs then
			w.start(spin)
		}
		w.loop.Run()
		if ran != c.runs {
			t.Errorf("who %s runs %d times, want %d", name, ran, c.runs)
		}
		w.endAll()
	}
}

// endAll revokes all that was made of the RAM and checks that nothing is left.
func (w *world) endAll() {
	w.t.Helper()
	for {
		done, e := w.db.Revoke(slot(abi.SlotRAM), 100)
		if e != capability.OK {
			w.t.Fatal(e)
		}
		if done {
			break
		}
	}
	for w.db.Clean(100) {
	}
	w.mem.Clear(ramBase, ramPages*layout.PageSize)
	if n := w.db.Count(); n != 3 || len(w.mem.live) != 0 {
		w.t.Errorf("%d capabilities are left, want 3; objects %v", n, w.mem.live)
	}
}
