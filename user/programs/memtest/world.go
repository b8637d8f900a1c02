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

const page = layout.PageSize

// ramSize is how much RAM a check has.
const ramSize = 4 << 20

// world is what a check has: RAM of its own, and addresses.
type world struct {
	machine
	arena *memory.Arena
	space *memory.Space
}

// one makes a check and looks whether all is as it was before.
func one(c check, m machine) error {
	slotsBefore := slots.Own.Free()
	before, _, err := memory.Left()
	if err != nil {
		return err
	}
	a, err := memory.NewArena(ramSize)
	if err != nil {
		return fmt.Errorf("taking RAM: %w", err)
	}
	if left, _, err := memory.Left(); err != nil || left > before-ramSize {
		return fmt.Errorf("%d bytes are left of %d after %d were taken (%v)", left, before, uint64(ramSize), err)
	}
	if err := c.run(&world{m, a, memory.NewSpace(a)}); err != nil {
		return err
	}
	if n := a.Free(); n != ramSize/page {
		return fmt.Errorf("%d pages of %d are free at the end", n, ramSize/page)
	}
	if err := a.Close(); err != nil {
		return fmt.Errorf("giving RAM back: %w", err)
	}
	if n := slots.Own.Free(); n != slotsBefore {
		return fmt.Errorf("%d slots are empty, %d were before", n, slotsBefore)
	}
	return memory.AwaitLeft(before)
}

// want is an error if a call did not end as it should.
func want(what string, got error, should error) error {
	if got == should {
		return nil
	}
	if should == nil {
		return fmt.Errorf("%s: %w", what, got)
	}
	if got == nil {
		return fmt.Errorf("%s was not refused (%w)", what, should)
	}
	return fmt.Errorf("%s was refused with %q, not with %q", what, got, should)
}

// refused is an error of package capability as a call answers it.
func refused(e capability.Error) error { return abi.Error(e) }

// steps makes one step after the other until one fails.
func steps(all ...func() error) error {
	for _, s := range all {
		if err := s(); err != nil {
			return err
		}
	}
	return nil
}

// with makes an object, and drops it when f is through.
func (w *world) with(t capability.Type, size uint64, f func(o memory.Object) error) error {
	o, err := w.arena.Make(t, size)
	if err != nil {
		return fmt.Errorf("making a %v: %w", t, err)
	}
	if err := f(o); err != nil {
		return err
	}
	if err := w.arena.Drop(o); err != nil {
		return fmt.Errorf("dropping a %v: %w", t, err)
	}
	return nil
}

// withSlot takes a slot, and gives it back when f is through, whatever is in it.
func withSlot(f func(c sys.Cap) error) error {
	c, err := slots.Own.Take()
	if err != nil {
		return err
	}
	if err := f(c); err != nil {
		return err
	}
	if err := sys.Delete(c); err != nil && err != refused(capability.ErrNoSuchCap) {
		return err
	}
	slots.Own.Give(c)
	return nil
}

// mapped maps a frame while f runs.
func (w *world) mapped(c sys.Cap, size uint64, rights capability.Rights, f func(va uint64) error) error {
	va, err := w.space.Map(c, size, rights)
	if err != nil {
		return fmt.Errorf("mapping: %w", err)
	}
	if err := f(va); err != nil {
		return err
	}
	if err := w.space.Unmap(va); err != nil {
		return fmt.Errorf("unmapping: %w", err)
	}
	if _, ok := w.words(va, size, layout.R); ok {
		return fmt.Errorf("%#x can be read after it was unmapped", va)
	}
	return nil
}

// see is an error unless a capability is what it should be. Base 0 is any.
func see(c sys.Cap, should capability.Cap) error {
	is, err := sys.Identify(c)
	if should.Base == 0 {
		is.Base = 0
	}
	if err != nil || is != should {
		return fmt.Errorf("capability %#x is %+v (%v), not %+v", c, is, err, should)
	}
	return nil
}
