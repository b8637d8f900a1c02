package main

import (
	"errors"
	"fmt"
	"sync/atomic"
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
	a, err := memory.NewArena(arenaSize)
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

// patience is how long the threads may take to do a bit of everything. A host that gives the
// machine no time gives it to none of them.
const patience = 20 * time.Second

// play waits until the time is over and everybody has done something.
func (s *show) play() {
	begin := time.Now()
	for time.Since(begin) < s.span || !s.enough() && time.Since(begin) < patience {
		time.Sleep(time.Millisecond)
	}
	atomic.StoreUint64(&w.over, 1)
}

// wait waits until all threads have ended.
func (s *show) wait() error {
	for i, d := range s.d {
		for end := time.Now().Add(patience); d != nil && d.Threads() > 0; time.Sleep(time.Millisecond) {
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

// leastTurns is how many turns each dispatcher is to have.
const leastTurns = 10

// enough reports whether there is something to check of everybody.
func (s *show) enough() bool {
	for _, r := range s.rows {
		m := &w.marks[r.mark]
		if atomic.LoadUint64(&m.count) == 0 || r.period > 0 && atomic.LoadUint64(&m.amid) == 0 {
			return false
		}
	}
	for _, d := range s.d {
		if d != nil && d.Counts().Upcalls[abi.UpcallRun] < leastTurns {
			return false
		}
	}
	return true
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
