package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/binding"
	"atoll/user/memory"
	"atoll/user/remote"
	"atoll/user/slots"
	"atoll/user/sys"
)

// RAM that two cores have: each makes frames of it, and of no page do both. Its halves are long,
// so that they are cleared in several calls.
const (
	halfOfRAM = 512 << 10
	sizeOfRAM = 2 * halfOfRAM
)

// lendRAM has the other side run, and gives it RAM.
func lendRAM(out io.Writer, core int, holds bool) error {
	space := memory.NewSpace(memory.Own())
	name := fmt.Sprintf("lendram-%s-%d", os.Getenv("ATOLL_CORE"), core)
	ended := make(chan error, 2)
	go func() {
		status, err := remote.Run(memory.Own(), space, core, abi.Forever, "lend", "use", name)
		if err == nil && status != 0 {
			err = fmt.Errorf("on core %d the program has ended with status %d", core, status)
		}
		ended <- err
	}()
	go func() { ended <- giveRAM(out, space, name, core, holds) }()
	for range 2 {
		if err := <-ended; err != nil {
			return err
		}
	}
	return nil
}

// giveRAM passes RAM that has been written to, looks that what the other side uses is in nobody
// else's way, and takes it back.
func giveRAM(out io.Writer, space *memory.Space, name string, core int, holds bool) error {
	b, err := binding.Offer(space, name, patience)
	if err != nil {
		return err
	}
	ram, err := memory.Take(sizeOfRAM, 0)
	if err != nil {
		return err
	}
	if err := errors.Join(fill(space, ram, 0), fill(space, ram, halfOfRAM)); err != nil {
		return fmt.Errorf("before it is passed: %w", err)
	}
	if err := b.Pass(ram.Cap, capability.AllRights, patience); err != nil {
		return fmt.Errorf("it is not passed: %w", err)
	}
	if err := b.Await(sys.After(patience)); err != nil {
		return fmt.Errorf("the other side does not use it: %w", err)
	}
	if holds {
		fmt.Fprintf(out, "lend: core %d holds RAM\n", core)
		return sys.Wait(abi.Forever)
	}
	if err := fill(space, ram, 0); err != abi.Error(capability.ErrInUse) {
		return fmt.Errorf("what the other side uses is in use: %v", err)
	}
	slot, err := slots.Own.Take()
	if err != nil {
		return err
	}
	if err := frameOf(ram, halfOfRAM, slot); err != nil {
		return fmt.Errorf("what it does not use: %w", err)
	}
	if err := errors.Join(b.Ring(), b.Await(sys.After(patience))); err != nil {
		return err
	}
	if err := sys.Revoke(ram.Cap); err != nil {
		return fmt.Errorf("it is not revoked: %w", err)
	}
	if err := errors.Join(b.Ring(), b.Await(sys.After(patience))); err != nil {
		return err
	}
	if err := errors.Join(fill(space, ram, 0), fill(space, ram, halfOfRAM), memory.Give(ram)); err != nil {
		return fmt.Errorf("it is not free: %w", err)
	}
	fmt.Fprintf(out, "lend: core %d had %d KiB of RAM and made frames of it\n", core, sizeOfRAM>>10)
	return b.Close()
}

// useRAM makes a frame of half of the RAM that it is passed.
func useRAM(name string) error {
	space := memory.NewSpace(memory.Own())
	b, err := binding.Bind(space, name, patience)
	if err != nil {
		return err
	}
	slot, err := slots.Own.Take()
	frame, err2 := slots.Own.Take()
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	ram := memory.RAM{Cap: slot, Size: sizeOfRAM}
	if err := b.Await(sys.After(patience)); err != nil {
		return fmt.Errorf("it does not come: %w", err)
	}
	if err := sys.Collect(b.Cap, ram.Cap); err != nil {
		return fmt.Errorf("it cannot be collected: %w", err)
	}
	if err := fill(space, ram, 0); err != nil {
		return fmt.Errorf("a frame that is made, written and deleted: %w", err)
	}
	if err := frameOf(ram, 0, frame); err != nil {
		return fmt.Errorf("a frame of it: %w", err)
	}
	va, err := space.Map(frame, halfOfRAM, capability.Read|capability.Write)
	if err == nil {
		err = writeTo(va)
	}
	if err != nil {
		return fmt.Errorf("the frame of it: %w", err)
	}
	if err := errors.Join(b.Ring(), b.Await(sys.After(patience))); err != nil {
		return err
	}
	if err := fill(space, ram, halfOfRAM); err != abi.Error(capability.ErrInUse) {
		return fmt.Errorf("what the owner uses is in use: %v", err)
	}
	if err := errors.Join(b.Ring(), b.Await(sys.After(patience))); err != nil {
		return err
	}
	for _, c := range []sys.Cap{ram.Cap, frame} {
		if _, err := sys.Identify(c); err != abi.Error(capability.ErrNoSuchCap) {
			return fmt.Errorf("it has been revoked, and is there: %v", err)
		}
	}
	if err := b.Ring(); err != nil {
		return err
	}
	if err := b.Await(sys.After(patience)); err != abi.ErrPeerDead {
		return fmt.Errorf("the end of the channel is told as %v", err)
	}
	return nil
}

// frameOf makes a frame of half of RAM.
func frameOf(ram memory.RAM, offset uint64, slot sys.Cap) error {
	cnode, index := slots.Own.Place(slot)
	return sys.Retype(ram.Cap, sys.Made{Offset: offset, Type: capability.Frame, Size: halfOfRAM, Count: 1, CNode: cnode, First: index})
}

// fill makes a frame of half of RAM, finds zeroes in it, writes to it and deletes it.
func fill(space *memory.Space, ram memory.RAM, offset uint64) error {
	slot, err := slots.Own.Take()
	if err != nil {
		return err
	}
	defer slots.Own.Give(slot)
	if err := frameOf(ram, offset, slot); err != nil {
		return err
	}
	va, err := space.Map(slot, halfOfRAM, capability.Read|capability.Write)
	if err != nil {
		return err
	}
	return errors.Join(writeTo(va), space.Unmap(va), sys.Delete(slot))
}

// writeTo writes to the pages of a frame, which is mapped and was cleared.
func writeTo(va uint64) error {
	words := memory.Words(va, halfOfRAM)
	for i := range words {
		if words[i] != 0 {
			return fmt.Errorf("word %d is %#x", i, words[i])
		}
		words[i] = ^uint64(i)
	}
	return nil
}
