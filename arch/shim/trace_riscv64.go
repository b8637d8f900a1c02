package shim

import (
	"sync/atomic"
	"unsafe"

	"atoll/arch/layout"
)

// The ring of the trace lies in the core area, mapped before stvec points here.
// Every record is written by one function, record, with interrupts off from the
// choice of its place to its last word. There is one hart, so nothing can come
// between: no record is torn, none is lost, and the ring needs no lock. Whoever
// reads may be interrupted; see ReadTrace.

// record writes an event at a time, or now if that is 0. It may be called with
// interrupts on or off, from Go code and from the shim's own. It does not look at
// the flag: callers do, so that a hook costs a load and a branch while it is 0.
//
//go:noescape
func record(time, head, a, b uint64)

// Constants for trace_riscv64.s.
const (
	traceBuffer = layout.CoreArea + traceAt
	traceMask   = layout.TraceRecords - 1
	traceShift  = 5 // a record is 32 bytes
)

var (
	_ [1<<traceShift - unsafe.Sizeof(layout.TraceRecord{})]byte
	_ [unsafe.Sizeof(layout.TraceRecord{}) - 1<<traceShift]byte
)

// lastEvents is how many events a dying instance writes down, and eventBytes how
// much of its crash page that takes at most.
const (
	lastEvents = 16
	eventBytes = 1400
)

// traceBirth begins the trace of a life that is to be traced from its birth. ring
// is the physical address of the ring; the MMU is off.
func (c *core) traceBirth(ring, life uintptr) {
	if life&layout.StartTraced == 0 {
		return
	}
	*(*layout.TraceRecord)(ptr(ring)) = layout.TraceRecord{
		Time: c.entry, Head: layout.TraceHead(layout.TraceBirth, uint32(c.row.Core)), B: c.incarnation,
	}
	c.traceOn, c.traceNext = 1, 1
}

// traceTrap records a trap.
func (c *core) traceTrap(f *thread) {
	cause := uint32(f.cause)&^layout.TraceInterrupt | uint32(f.cause>>63)<<31
	record(0, layout.TraceHead(layout.TraceTrap, cause), uint64(f.pc), uint64(f.tval))
}

// sleep waits in wfi for an interrupt, and says so.
func (c *core) sleep(until uint64) {
	if c.traceOn == 0 {
		wfi()
		return
	}
	ticks := uint64(0)
	if until != forever {
		ticks = max(until, readTime()) - readTime()
	}
	record(0, uint64(layout.TraceSleep), ticks, 0)
	wfi()
	record(0, uint64(layout.TraceWake), uint64(pending()), 0)
}

// events writes the latest events to the last words, if this life was traced. An
// instance that wrote wildly may have changed flag and numbers: only 1 counts as
// on, and every number stands for a place in the ring.
func (w lastWords) events(c *core) {
	if c.traceOn != 1 {
		return
	}
	now := readTime()
	w.text("last events, ns before the end:\n")
	ring := (*layout.TraceBuffer)(ptr(traceBuffer))
	for n := layout.TraceOldest(c.traceFirst, c.traceNext, lastEvents); n != c.traceNext; n++ {
		r := &ring[n%layout.TraceRecords]
		const bound = 1 << 30 // ticks; keeps the product from overflowing
		w.text(" ")
		w.decimal(min(uintptr(now-r.Time), bound) * c.mult >> 24)
		w.event(r)
	}
}

// event writes the rest of the line of one event.
func (w lastWords) event(r *layout.TraceRecord) {
	w.text(" ")
	w.text(r.Kind().String())
	for i := 0; ; i++ {
		name, v, ok := r.Field(i)
		if !ok {
			break
		}
		w.text(" ")
		w.text(name)
		w.text("=")
		switch {
		case name == "cause":
			w.text(layout.Cause(v).Word())
		case layout.TraceHex(name):
			w.hex(uintptr(v))
		default:
			w.decimal(uintptr(v))
		}
	}
	w.text("\n")
}

// Tracing reports whether events are recorded.
//
//go:nosplit
func Tracing() bool { return theCore().traceOn != 0 }

// SetTracing begins or ends the recording of events.
func SetTracing(on bool) {
	c := theCore()
	c.traceOn = 0
	if on {
		c.traceOn = 1
	}
}

// ClearTrace empties the ring.
func ClearTrace() {
	c := theCore()
	atomic.StoreUint64(&c.traceFirst, atomic.LoadUint64(&c.traceNext))
}

// Record writes an event at a time, 0 = now, whether or not Tracing.
func Record(time uint64, kind layout.TraceKind, arg uint32, a, b uint64) {
	record(time, layout.TraceHead(kind, arg), a, b)
}

// ReadTrace copies the newest records to into, oldest first, and returns how many,
// and how many have been written since the ring was emptied. An interrupt may
// write while it copies, and in the end over what it has copied: of those
// records, which are the oldest, it keeps none.
func ReadTrace(into []layout.TraceRecord) (n int, written uint64) {
	c := theCore()
	ring := (*layout.TraceBuffer)(ptr(traceBuffer))
	first, next := c.traceFirst, atomic.LoadUint64(&c.traceNext)
	begin := layout.TraceOldest(first, next, uint64(len(into)))
	for i := begin; i != next; i++ {
		into[i-begin] = ring[i%layout.TraceRecords]
	}
	whole := layout.TraceOldest(first, atomic.LoadUint64(&c.traceNext), layout.TraceRecords)
	lost := min(max(begin, whole)-begin, next-begin)
	return copy(into, into[lost:next-begin]), next - first
}
