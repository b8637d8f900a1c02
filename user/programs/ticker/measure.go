package main

import (
	"errors"
	"fmt"
	"io"

	"atoll/arch/counters"
	"atoll/arch/layout"
	"atoll/user/memory"
	"atoll/user/paging"
	"atoll/user/threads"
)

// costs is what was measured, in instructions of the hart, the least that was seen: whatever
// comes between only adds. QEMU counts instructions with -icount only.
type costs struct {
	base     uint64 // two readings of the counter, one after the other
	yield    uint64 // from one thread to the next, without the kernel
	upcall   uint64 // from a fault to its pager
	back     uint64 // from there to the instruction that had faulted
	selfPage uint64 // a page made by its program, all of it
	entered  uint64 // the counter when the pager was called
	left     uint64 // and when it returned
}

var c costs

const tries = 200

// measure counts what switches, upcalls and paging cost, with threads resumed without the
// kernel and by it.
func measure(out io.Writer) error {
	own, err := costsOf(false)
	if err != nil {
		return err
	}
	kernel, err := costsOf(true)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(out, "ticker: instructions switch=%d upcall=%d resume=%d resume-by-kernel=%d self-paged-page=%d\n",
		own.yield, own.upcall, own.back, kernel.back, own.selfPage)
	return err
}

// costsOf lets two threads of one dispatcher yield to each other, of which one has paged
// before that.
func costsOf(byKernel bool) (_ costs, err error) {
	a, err := memory.NewArena(arenaSize)
	if err != nil {
		return c, err
	}
	s := &show{arena: a}
	defer func() { err = errors.Join(err, s.close()) }()
	never := ^uint64(0)
	c = costs{base: never, yield: never, upcall: never, back: never, selfPage: never}
	d, err := threads.Build(a, firstEntry, 2, 0)
	if err != nil {
		return c, err
	}
	s.d[0] = d
	if s.region, err = paged(a, d); err != nil {
		return c, err
	}
	if byKernel {
		d.ResumeByKernel()
	}
	for _, f := range []func(uint64){pagesThenYields, yields} {
		if _, err := d.Add(f, 0); err != nil {
			return c, err
		}
	}
	if err := d.Begin(); err != nil {
		return c, err
	}
	if err := s.wait(); err != nil {
		return c, err
	}
	if s.region.Made() != walked {
		return c, fmt.Errorf("%d pages made, want %d", s.region.Made(), walked)
	}
	for _, n := range []*uint64{&c.yield, &c.upcall, &c.back, &c.selfPage} {
		*n -= c.base
	}
	return c, nil
}

// timed is paging.Fault, with the counter read at both ends.
func timed(word, cause, addr uint64) bool {
	c.entered = counters.Instructions()
	ok := paging.Fault(word, cause, addr)
	c.left = counters.Instructions()
	return ok
}

func pagesThenYields(uint64) {
	for range tries {
		from := counters.Instructions()
		c.base = min(c.base, counters.Instructions()-from)
	}
	for i := range uint64(walked) {
		word := &memory.Words(w.paged+i*layout.PageSize, 8)[0]
		from := counters.Instructions()
		*word = 1
		to := counters.Instructions()
		c.upcall, c.back = min(c.upcall, c.entered-from), min(c.back, to-c.left)
		c.selfPage = min(c.selfPage, to-from)
	}
	yields(0)
}

// yields yields to the other thread and back.
func yields(uint64) {
	for range tries {
		from := counters.Instructions()
		threads.Yield()
		c.yield = min(c.yield, (counters.Instructions()-from)/2)
	}
}
