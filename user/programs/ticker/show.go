package main

import (
	"errors"
	"fmt"
	"time"

	"atoll/arch/counters"
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/paging"
	"atoll/user/sys"
	"atoll/user/threads"
)

// show is the dispatchers and what they share with the program.
type show struct {
	arena  *memory.Arena
	d      [3]*threads.Built
	region *paging.Region
	rows   []row
	span   time.Duration
}

// row is a thread.
type row struct {
	d, thread int
	what      string
	period    time.Duration
	mark      int // in w.marks
}

// Entries of the table of OwnBase in which the dispatchers lie, far behind those of a
// memory.Space.
const firstEntry = 500

const arenaSize = 1 << 20

// build makes all of it, and lets it run.
func build(span time.Duration) (*show, error) {
	a, err := memory.Over(memory.RAM{Cap: 4 << 16, Size: 2 << 20}), error(nil)
	if err != nil {
		return nil, fmt.Errorf("memory for the dispatchers: %w", err)
	}
	s := &show{arena: a, span: span}
	w = world{} // touches all of it: threads may read only what is there
	fill()
	for i := range s.d {
		if s.d[i], err = threads.Build(a, firstEntry+uint64(i), stacks, 0); err != nil {
			s.close()
			return nil, fmt.Errorf("dispatcher %d: %w", i, err)
		}
	}
	if s.region, err = paged(a, s.d[1]); err != nil {
		s.close()
		return nil, fmt.Errorf("paged memory: %w", err)
	}
	perMs := ticksPerMs()
	w.end = counters.Time() + uint64(span.Milliseconds())*perMs
	// Where threads are made numbers are used again, and who has ended is forgotten.
	for _, t := range []struct {
		d      int
		what   string
		period int // ms
		f      func(uint64)
	}{
		{0, "ticks", 2, tick}, {0, "ticks", 5, tick}, {0, "computes", 0, computeWhole},
		{0, "makes threads", 0, makeThreads},
		{0, "holds its registers", 0, hold}, {1, "holds its registers", 0, hold},
		{1, "ticks", 3, tick}, {1, "computes", 0, computeFloat}, {1, "walks over paged memory", 0, walk},
		{2, "enters its scheduler", 0, enters}, {2, "enters its scheduler", 0, enters},
		{1, "reads address 0", 0, readNil}, {1, "runs over its stack", 0, overflow},
	} {
		m := len(s.rows)
		w.marks[m].period = uint64(t.period) * perMs
		n, err := s.d[t.d].Add(t.f, uint64(m))
		if err != nil {
			s.close()
			return nil, err
		}
		s.rows = append(s.rows, row{t.d, n, t.what, time.Duration(t.period) * time.Millisecond, m})
	}
	for i, d := range s.d {
		if err := d.Begin(); err != nil {
			s.close()
			return nil, fmt.Errorf("dispatcher %d: %w", i, err)
		}
	}
	return s, nil
}

// stacks is how many threads a dispatcher can have.
const stacks = 8

// pagedPages is how many pages can come of the paged memory; the thread that walks over it
// wants fewer.
const pagedPages = walked + 2

// paged makes a paged region of the addresses that a dispatcher has left.
func paged(a *memory.Arena, d *threads.Built) (*paging.Region, error) {
	ram, err := a.Make(capability.RAM, pagedPages*layout.PageSize)
	if err != nil {
		return nil, err
	}
	cnode, err := a.Make(capability.CNode, layout.PageSize)
	if err != nil {
		return nil, err
	}
	r, err := paging.New(paging.Range{
		Lo: d.Lo, Hi: d.Hi, Table: d.Table, RAM: ram.Cap, Bytes: ram.Size,
		CNode: cnode.Cap, Slots: capability.SlotsPerPage, Rights: capability.Read | capability.Write,
	})
	if err != nil {
		return nil, err
	}
	w.paged = d.Lo
	return r, d.Page(d.Lo, d.Hi, timed, r.Word())
}

// wait waits until all threads have ended.
func (s *show) wait() error {
	const patience = 20 * time.Second
	for i, d := range s.d {
		if d == nil {
			continue
		}
		for end := time.Now().Add(s.span + patience); d.Threads() > 0; time.Sleep(time.Millisecond) {
			in, err := d.Inspect()
			switch {
			case err != nil:
				return fmt.Errorf("dispatcher %d: %w", i, err)
			case in.State == abi.StateFaulted:
				return fmt.Errorf("dispatcher %d has stopped: cause %d, value %#x, at %#x", i, in.Cause, in.Value, in.PC)
			case time.Now().After(end):
				return fmt.Errorf("dispatcher %d still has %d threads", i, d.Threads())
			}
		}
	}
	return nil
}

// close ends the dispatchers and gives all memory back.
func (s *show) close() error {
	var errs []error
	for _, d := range s.d {
		if d != nil {
			errs = append(errs, d.Close())
		}
	}
	// What is left was made of the arena for the region.
	ram := s.arena.RAM()
	return errors.Join(append(errs, sys.Revoke(ram.Cap), s.arena.Close())...)
}

// ticksPerMs returns the rate of the time CSR, by the clock that the Go runtime has of it.
func ticksPerMs() uint64 {
	t0, c0 := time.Now(), counters.Time()
	time.Sleep(20 * time.Millisecond)
	span, ticks := time.Since(t0), counters.Time()-c0
	return (ticks*uint64(time.Millisecond) + uint64(span)/2) / uint64(span)
}
