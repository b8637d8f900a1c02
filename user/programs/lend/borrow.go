package main

import (
	"errors"
	"fmt"
	"io"

	"atoll/kernel/abi"
	"atoll/user/memory"
	"atoll/user/sys"
)

// mostBorrowed bounds the pieces that borrow takes.
const mostBorrowed = 64

// borrow takes RAM until no core has any for it, or it has all it may: that of its own core first, uses all of it, and
// gives it back.
func borrow(out io.Writer, holds bool) error {
	space := memory.NewSpace(memory.Own())
	before, _, err := memory.Left()
	if err != nil {
		return err
	}
	list, err := takeAll(nil, memory.Take)
	if err != nil {
		return err
	}
	own := len(list)
	if list, err = takeAll(list, memory.TakeAny); err != nil {
		return err
	}
	return use(out, space, list, own, before, holds)
}

// takeAll takes pieces as long as there are any that the program may have.
func takeAll(list []memory.RAM, take func(bytes, align uint64) (memory.RAM, error)) ([]memory.RAM, error) {
	for len(list) < mostBorrowed {
		ram, err := take(sizeOfRAM, 0)
		if err == abi.ErrNoMemory || err == abi.ErrLimit {
			return list, nil
		}
		if err != nil {
			return nil, fmt.Errorf("piece %d: %w", len(list), err)
		}
		list = append(list, ram)
	}
	return nil, errors.New("there is no end of memory")
}

// use uses pieces of which some are the own core's, which had so much before.
func use(out io.Writer, space *memory.Space, list []memory.RAM, own int, before uint64, holds bool) error {
	for i, ram := range list {
		for offset := uint64(0); offset < sizeOfRAM; offset += halfOfRAM {
			if err := fill(space, ram, offset); err != nil {
				return fmt.Errorf("piece %d, %d of which are own: %w", i, own, err)
			}
		}
	}
	fmt.Fprintf(out, "lend: used %d MiB of this core, and borrowed %d MiB\n", own, len(list)-own)
	if holds {
		return sys.Wait(abi.Forever)
	}
	for i, ram := range list {
		if err := memory.Give(ram); err != nil {
			return fmt.Errorf("piece %d is not given back: %w", i, err)
		}
	}
	return memory.AwaitLeft(before)
}
