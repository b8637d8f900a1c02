package main

import (
	"errors"
	"fmt"
	"io"
	"time"

	"atoll/kernel/abi"
	"atoll/user/threads"
)

// table prints what each thread did.
func (s *show) table(out io.Writer) {
	perMs := ticksPerMs()
	fmt.Fprintf(out, "ticker: %-10s  %-6s  %-24s  %-6s  %-7s  %s\n", "DISPATCHER", "THREAD", "WHAT", "PERIOD", "COUNT", "LATEST")
	for _, r := range s.rows {
		m := &w.marks[r.mark]
		period, late := "-", "-"
		if r.period > 0 {
			period = r.period.String()
			late = time.Duration(m.late * uint64(time.Millisecond) / perMs).Round(10 * time.Microsecond).String()
		}
		fmt.Fprintf(out, "ticker: %-10d  %-6d  %-24s  %-6s  %-7d  %s\n", r.d, r.thread, r.what, period, m.count, late)
	}
	for i, d := range s.d {
		c := d.Counts()
		fmt.Fprintf(out, "ticker: dispatcher %d: upcalls run=%d fault=%d message=%d, entered=%d switches=%d idle=%d paged=%d\n",
			i, c.Upcalls[abi.UpcallRun], c.Upcalls[abi.UpcallFault], c.Upcalls[abi.UpcallMessage], c.Enters, c.Switches, c.Idle, c.Paged)
	}
}

// check checks what they did.
func (s *show) check(out io.Writer) error {
	n := 0
	var wrong []error
	is := func(ok bool, format string, a ...any) {
		n++
		if !ok {
			wrong = append(wrong, fmt.Errorf(format, a...))
		}
	}
	for _, r := range s.rows {
		m := &w.marks[r.mark]
		end, how := s.d[r.d].End(r.thread), threads.Ended
		is(m.bad == 0 && m.count > 0, "%s: wrong %d times, right %d times", r.what, m.bad, m.count)
		switch r.what {
		case "ticks":
			is(m.amid > 0, "no tick of %v while others computed", r.period)
		case "computes":
			sum, sumF := uint64(0), 0.0
			for range m.count {
				sum, sumF = whole(sum, round), float(sumF, round)
			}
			is(m.result == sum || m.float == sumF, "it has computed %#x and %v, want %#x or %v", m.result, m.float, sum, sumF)
		case "reads address 0", "runs over its stack":
			how = threads.Faulted
			is(end.Cause == 13 || end.Cause == 15, "%s: %+v", r.what, end)
		case "walks over paged memory":
			is(m.count == walked && s.region.Made() == walked, "%d pages walked over, %d made", m.count, s.region.Made())
			is(s.d[r.d].Counts().Paged == walked, "%d faults made good", s.d[r.d].Counts().Paged)
		}
		is(end.How == how, "%s: it has ended as %+v", r.what, end)
	}
	for i, d := range s.d {
		is(d.Counts().Upcalls[abi.UpcallRun] >= leastTurns, "dispatcher %d has had %d turns", i, d.Counts().Upcalls[abi.UpcallRun])
	}
	if len(wrong) > 0 {
		return errors.Join(wrong...)
	}
	fmt.Fprintf(out, "ticker: %d checks, all passed\n", n)
	return nil
}
