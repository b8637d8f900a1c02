package main

import (
	"errors"
	"math/rand/v2"
	"runtime/debug"
	"time"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
)

// dispatcherCount is how many native dispatchers make calls.
const dispatcherCount = 3

// The frame that a dispatcher shares with the kernel: behind the page of abi.Frame one
// with values, from which its code takes arguments. What the code keeps stands behind the
// abi.Frame.
const (
	valuesAt   = layout.PageSize
	frameSize  = 2 * layout.PageSize
	seedAt     = 2000        // of its random numbers, then their multiplier and increment
	countAt    = seedAt + 24 // of calls
	valueCount = layout.PageSize / 8
)

// dispatchers has native dispatchers make calls until the time is over, in rounds: they take
// themselves apart.
func (s *state) dispatchers() error {
	space := memory.NewSpace(memory.Own())
	code, err := mapCode(space)
	if err != nil {
		return err
	}
	r := newSource(rand.New(rand.NewPCG(s.seed, 1000)))
	if err := s.round(space, code, r); err != nil {
		return err
	}
	go func() {
		for !s.done.Load() {
			// Threads may have taken away what it needs.
			if s.round(space, code, r) != nil {
				time.Sleep(roundTime)
			}
		}
	}()
	return nil
}

// roundTime is how long the dispatchers of a round run.
const roundTime = 200 * time.Millisecond

// round builds dispatchers of RAM of their own, lets them run and ends them.
func (s *state) round(space *memory.Space, code uint64, r *source) error {
	arena, err := memory.NewArena(64 * layout.PageSize)
	if err != nil {
		return err
	}
	var all []*dispatcher
	for range dispatcherCount {
		d := &dispatcher{}
		if err = d.build(arena, space, code, r); err != nil {
			break
		}
		all = append(all, d)
	}
	for _, d := range all {
		if err == nil {
			err = sys.Start(d.objects[1].Cap, code, d.at+frameSize-16, d.at)
		}
	}
	if err == nil {
		time.Sleep(roundTime)
	}
	for _, d := range all {
		s.own.Add(d.called())
		space.Unmap(d.at)
	}
	ram := arena.RAM()
	if err := sys.Revoke(ram.Cap); err != nil {
		return err
	}
	for _, d := range all {
		for _, o := range d.objects {
			slots.Own.Give(o.Cap)
		}
	}
	return errors.Join(err, memory.Give(ram))
}

// mapCode maps the code of all of them, which nobody may write then.
func mapCode(space *memory.Space) (at uint64, err error) {
	o, err := memory.Own().Make(capability.Frame, layout.PageSize)
	if err != nil {
		return 0, err
	}
	if at, err = space.Map(o.Cap, o.Size, capability.Read|capability.Write); err != nil {
		return 0, err
	}
	words := memory.Words(at, o.Size)
	for i, op := range caller() {
		words[i/2] |= uint64(op) << (i % 2 * 32)
	}
	if err := space.Unmap(at); err != nil {
		return 0, err
	}
	return space.Map(o.Cap, o.Size, capability.Read|capability.Execute)
}

// dispatcher is a native dispatcher, where its frame is, and what it has: the frame, itself,
// its table of capabilities, and things to play with.
type dispatcher struct {
	at      uint64
	objects [8]memory.Object
}

// build makes a dispatcher that can be started.
func (d *dispatcher) build(arena *memory.Arena, space *memory.Space, code uint64, r *source) (err error) {
	for i, of := range [len(d.objects)]struct {
		t    capability.Type
		size uint64
	}{
		{capability.Frame, frameSize}, {capability.Dispatcher, 2 * layout.PageSize}, {capability.CNode, layout.PageSize},
		{capability.Endpoint, layout.PageSize}, {capability.RAM, 8 * layout.PageSize},
		{capability.VNodeL2, 2 * layout.PageSize}, {capability.VNodeL1, 2 * layout.PageSize}, {capability.VNodeL0, 2 * layout.PageSize},
	} {
		if d.objects[i], err = arena.Make(of.t, of.size); err != nil {
			return err
		}
	}
	frame, self, cnode := d.objects[0].Cap, d.objects[1].Cap, d.objects[2].Cap
	for i, o := range d.objects {
		if err := sys.Copy(o.Cap, cnode+sys.Cap(i+1)); err != nil {
			return err
		}
	}
	// It may ask for RAM, but not end the server.
	if err := sys.Mint(abi.SlotMemory, cnode+sys.Cap(len(d.objects)+1), capability.Write, 0); err != nil {
		return err
	}
	if d.at, err = space.Map(frame, frameSize, capability.Read|capability.Write); err != nil {
		return err
	}
	if err := d.fill(code, r); err != nil {
		return err
	}
	return sys.Configure(self, sys.Configured{CNode: cnode, Space: abi.OwnSpace, Frame: frame, Address: d.at})
}

var errTaken = errors.New("a thread's call has taken the frame away")

// fill writes what a dispatcher begins with into its frame.
func (d *dispatcher) fill(code uint64, r *source) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			err = errTaken
		}
	}()
	words := memory.Words(d.at, frameSize)
	words[1], words[4] = code, d.at+frameSize-16 // entry of upcalls, stack
	words[seedAt/8], words[seedAt/8+1], words[seedAt/8+2] = r.Uint64(), 6364136223846793005, r.Uint64()|1
	for i := range words[valuesAt/8:][:valueCount] {
		words[valuesAt/8+i] = d.guess(r)
	}
	return nil
}

// called returns how many calls it has made, if its frame is still where it was.
func (d *dispatcher) called() (n uint64) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { recover() }()
	return memory.Words(d.at, frameSize)[countAt/8]
}

// guess returns a value for a dispatcher's arguments: the address of one of its slots, of its
// memory, or anything.
func (d *dispatcher) guess(r *source) uint64 {
	switch r.IntN(4) {
	case 0:
		return r.Uint64N(20) << 16
	case 1:
		return d.at + r.Uint64N(frameSize)
	}
	return r.value(kind(r.IntN(int(wordArg) + 1)))
}

// Instructions of RV64IM, as many as caller needs. Registers by their numbers.
func addI(rd, rs, imm uint32) uint32 { return imm<<20 | rs<<15 | rd<<7 | 0x13 }
func shiftLeft(rd, rs, n uint32) uint32 {
	return n<<20 | rs<<15 | 1<<12 | rd<<7 | 0x13
}
func shiftRight(rd, rs, n uint32) uint32 { return n<<20 | rs<<15 | 5<<12 | rd<<7 | 0x13 }
func add(rd, a, b uint32) uint32         { return b<<20 | a<<15 | rd<<7 | 0x33 }
func mul(rd, a, b uint32) uint32         { return 1<<25 | b<<20 | a<<15 | rd<<7 | 0x33 }
func upper(rd, imm uint32) uint32        { return imm<<12 | rd<<7 | 0x37 }
func load(rd, rs, at uint32) uint32      { return at<<20 | rs<<15 | 3<<12 | rd<<7 | 0x03 }
func store(x, rs, at uint32) uint32 {
	return at>>5<<25 | x<<20 | rs<<15 | 3<<12 | at&0x1f<<7 | 0x23
}
func jumpBack(by uint32) uint32 { // jal zero, -by
	o := -by
	return o>>20&1<<31 | o>>1&0x3ff<<21 | o>>11&1<<20 | o>>12&0xff<<12 | 0x6f
}

const ecallCode = 0x73

// caller returns the code of a dispatcher: it makes call after call with what it finds among
// its values. It begins anew with each upcall, where a0 has the frame's address as at
// its start.
func caller() (code []uint32) {
	const s0, s1, s2, s3, s4, t3, t4 = 8, 9, 18, 19, 20, 28, 29
	const a0, a7 = 10, 17
	code = append(code,
		addI(s0, a0, 0), upper(t3, 1), add(s4, a0, t3), // the values
		load(s1, s0, seedAt), load(s2, s0, seedAt+8), load(s3, s0, seedAt+16),
		store(0, s0, 0), // it is enabled
	)
	loop := len(code)
	next := func() { code = append(code, mul(s1, s1, s2), add(s1, s1, s3)) }
	for _, x := range []uint32{a0, 11, 12, 13, 14, 15, 16, 5, 6, 7} {
		next()
		code = append(code, shiftRight(t3, s1, 55), shiftLeft(t3, t3, 3), add(t3, t3, s4), load(x, t3, 0))
	}
	next()
	code = append(code, store(s1, s0, seedAt), load(t3, s0, countAt), addI(t3, t3, 1), store(t3, s0, countAt), shiftRight(t3, s1, 58), upper(t4, 1), add(a7, t3, t4), ecallCode)
	return append(code, jumpBack(uint32(len(code)-loop)*4))
}
