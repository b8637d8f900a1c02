package threads

import (
	"atoll/arch/sv39"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
)

// Built is a dispatcher with all that it is made of, in a table of level 0 of its own: 2 MiB
// of addresses.
type Built struct {
	*Dispatcher
	Table sys.Cap // a VNodeL0
	// Lo to Hi are the addresses in it that are left, whole pages.
	Lo, Hi uint64

	arena   *memory.Arena
	objects []memory.Object // the dispatcher is last, and the first to go
}

// tableSpan is what a table of level 0 maps.
const tableSpan = sv39.Entries * page

// Build makes a dispatcher with n stacks, each behind a page that is not mapped, of an
// arena's memory. Its addresses are those of an entry of abi.SlotTable, in which nothing is;
// a memory.Space takes them from the lowest on. done is as in Parts.
//
// Execution context: any goroutine of the program.
func Build(a *memory.Arena, entry uint64, n int, done sys.Cap) (*Built, error) {
	b := &Built{arena: a}
	if err := b.build(entry, n, done); err != nil {
		b.Close()
		return nil, err
	}
	return b, nil
}

func (b *Built) build(entry uint64, n int, done sys.Cap) error {
	if n < 1 || n > MaxThreads {
		return ErrParts
	}
	var made [5]memory.Object
	for i, o := range []struct {
		t    capability.Type
		size uint64
	}{
		{capability.VNodeL0, 2 * page}, {capability.CNode, page}, {capability.Frame, FrameSize},
		{capability.Frame, uint64(n+1) * StackSize}, {capability.Dispatcher, 2 * page},
	} {
		var err error
		if made[i], err = b.arena.Make(o.t, o.size); err != nil {
			return err
		}
		b.objects = append(b.objects, made[i])
	}
	table, frame, stacks, dispatcher := made[0].Cap, made[2].Cap, made[3].Cap, made[4].Cap
	if err := sys.Map(table, sys.Place{Table: abi.SlotTable, Index: entry, Count: 1}); err != nil {
		return err
	}
	b.Table = table
	at := uint64(abi.OwnBase) + entry*tableSpan
	b.Lo, b.Hi = at, at+tableSpan
	p := Parts{Dispatcher: dispatcher, CNode: abi.SlotRoot, Frame: frame, Address: at, Done: done}
	if err := b.put(frame, 0, FrameSize); err != nil {
		return err
	}
	// A capability is mapped once: each stack takes a copy.
	copies := slots.In(made[1].Cap, capability.SlotsPerPage)
	for i := range n + 1 {
		c, err := copies.Take()
		if err != nil {
			return err
		}
		if err := sys.Copy(stacks, c); err != nil {
			return err
		}
		b.Lo += page // not mapped
		if err := b.put(c, uint64(i)*StackSize, StackSize); err != nil {
			return err
		}
		if i == 0 {
			p.Stack = b.Lo
		} else {
			p.Stacks = append(p.Stacks, b.Lo)
		}
	}
	b.Lo += page
	var err error
	b.Dispatcher, err = New(p)
	return err
}

// put maps a part of a frame at the lowest address that is left.
func (b *Built) put(frame sys.Cap, offset, size uint64) error {
	err := sys.Map(frame, sys.Place{
		Table: b.Table, Index: b.Lo / page % sv39.Entries, Count: size / page, Offset: offset,
		Rights: capability.Read | capability.Write,
	})
	b.Lo += size
	return err
}

// Close ends the dispatcher, whatever it does, and gives back what it was made of.
func (b *Built) Close() error {
	var first error
	for i := len(b.objects) - 1; i >= 0; i-- {
		if err := b.arena.Drop(b.objects[i]); err != nil && first == nil {
			first = err
		}
	}
	b.objects = nil
	return first
}
