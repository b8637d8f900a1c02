package main

import (
	"sync/atomic"

	"atoll/arch/counters"
	"atoll/arch/layout"
	"atoll/arch/shim/probe"
	"atoll/kernel/abi"
	"atoll/user/memory"
	"atoll/user/threads"
)

// world is what the threads and the program share. It has no pointers.
type world struct {
	over  uint64 // not 0: they stop
	paged uint64 // address of the paged memory
	marks [16]mark
	busy  uint64 // threads that compute
	sink  uint64
	held  [2]struct{ in, out probe.Registers }
}

// mark is what a thread leaves behind.
type mark struct {
	period uint64 // ticks of the clock
	count  uint64 // ticks, rounds of computing, pages
	amid   uint64 // ticks while somebody computed
	late   uint64 // the most, in ticks of the clock
	bad    uint64
	result uint64
	float  float64
}

var w world

// over reports whether the threads are to stop.
func over() bool { return atomic.LoadUint64(&w.over) != 0 }

// The bodies of threads: code outside of the Go runtime, see package threads.

// tick ticks at a period.
func tick(m uint64) {
	p := &w.marks[m]
	for at := counters.Time() + p.period; !over(); at += p.period {
		woke := threads.Sleep(at)
		now := counters.Time()
		if !woke || now < at {
			p.bad++
		}
		p.late = max(p.late, now-at)
		if atomic.LoadUint64(&w.busy) != 0 {
			p.amid++
		}
		p.count++
	}
}

// round is how much a thread computes before it looks whether it is over.
const round = 1000

// computeWhole computes with whole numbers, and never lets others run.
func computeWhole(m uint64) {
	p := &w.marks[m]
	atomic.AddUint64(&w.busy, 1)
	for !over() {
		p.result = whole(p.result, round)
		p.count++
	}
	atomic.AddUint64(&w.busy, ^uint64(0))
}

// computeFloat does so with floating-point numbers.
func computeFloat(m uint64) {
	p := &w.marks[m]
	atomic.AddUint64(&w.busy, 1)
	for !over() {
		p.float = float(p.float, round)
		p.count++
	}
	atomic.AddUint64(&w.busy, ^uint64(0))
}

// whole and float keep several values in registers.
//
//go:noinline
func whole(x uint64, n int) uint64 {
	a, b, c := x, x^1, x+2
	for range n {
		a = a*6364136223846793005 + b
		b = b<<7 ^ b>>3 ^ c
		c += a ^ b
	}
	return a ^ b ^ c
}

//go:noinline
func float(x float64, n int) float64 {
	a, b, c := x, 1.25, 3.5
	for range n {
		a = a*0.75 + b
		b = b*0.5 + c
		c = 4 - c*0.25 + a*0.001
	}
	return a + b + c
}

// hold holds known values in all registers, in a loop without a call.
func hold(m uint64) {
	p := &w.marks[m]
	h := &w.held[m%2]
	atomic.AddUint64(&w.busy, 1)
	for !over() {
		probe.Hold(&h.in, &h.out, 10*round)
		for i := range h.in.X {
			if notHeld>>i&1 == 0 && h.in.X[i] != h.out.X[i] || h.in.F[i] != h.out.F[i] {
				p.bad++
			}
		}
		if h.in.FCSR != h.out.FCSR {
			p.bad++
		}
		p.count++
	}
	atomic.AddUint64(&w.busy, ^uint64(0))
}

// notHeld are the registers that Hold does not hold, and gp, which threads do not keep.
const notHeld = probe.Untouchable | probe.Counters | 1<<3

// fill fills the registers of hold with values that differ.
func fill() {
	for m := range w.held {
		r := &w.held[m].in
		r.FCSR = 1<<5 | uint64(m)
		for i := range r.X {
			r.X[i] = uint64(m<<8|i)*0x9e3779b97f4a7c15 + 1
			r.F[i] = uint64(m<<8|i|0x80)*0xd1342543de82ef95 + 1
		}
	}
}

// enters does nothing but enter its scheduler, and so is interrupted there and on the way
// back.
func enters(m uint64) {
	p := &w.marks[m]
	for !over() {
		for range 100 {
			threads.Wake(0)
		}
		p.count++
	}
}

// readNil reads address 0, which ends it.
func readNil(m uint64) {
	var p *uint64
	w.marks[m].count++
	w.sink = *p
	w.marks[m].bad++
}

// overflow runs over the end of its stack, which ends it.
func overflow(m uint64) {
	w.marks[m].count++
	w.sink = deep(1 << 40)
	w.marks[m].bad++
}

//go:noinline
func deep(n uint64) uint64 {
	if n == 0 {
		return 0
	}
	return deep(n-1) ^ n
}

// walked is how many pages a thread walks over.
const walked = 16

// walk writes to each page of the paged memory, a page at a time, and finds there what it has
// written and nothing else.
func walk(m uint64) {
	p := &w.marks[m]
	for i := range uint64(walked) {
		words := memory.Words(w.paged+i*layout.PageSize, layout.PageSize)
		for n, v := range words {
			if v != 0 {
				p.bad++
			}
			words[n] = i<<32 | uint64(n)
		}
		p.count++
		threads.Yield()
	}
	for i := range uint64(walked) {
		for n, v := range memory.Words(w.paged+i*layout.PageSize, layout.PageSize) {
			if v != i<<32|uint64(n) {
				p.bad++
			}
		}
	}
}

// makeThreads makes a thread that is woken, again and again.
func makeThreads(m uint64) {
	p := &w.marks[m]
	for !over() {
		before := p.result
		if threads.Spawn(wakes, m<<32|uint64(threads.Self())) == 0 {
			p.bad++
			return
		}
		if threads.Sleep(abi.Forever) || p.result != before+1 {
			p.bad++
		}
		p.count++
	}
}

// wakes wakes the thread that has made it.
func wakes(word uint64) {
	w.marks[word>>32].result++
	threads.Wake(int(word & (1<<32 - 1)))
}
