package trace

import (
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/message"
)

// The messages of these tests.
var (
	_ = message.Declare[[7]uint64](1, "request")
	_ = message.Declare[[7]uint64](7, "ping")
	_ = message.Declare[[7]uint64](8, "pong")
)

func TestLine(t *testing.T) {
	for _, c := range []struct {
		kind layout.TraceKind
		arg  uint32
		a, b uint64
		want string
	}{
		{layout.TraceSend, 2, 300<<48 | 1<<32 | 1<<16 | 1, 0xa0000000f, "to=2 type=request number=300 word=0xa0000000f"},
		{layout.TraceReceive, 0, 99, 0, "from=0 type=99 number=0 word=0x0"},
		{layout.TraceDoorbellSent, 5, 0, 0, "to=5"},
		{layout.TraceDoorbellTaken, 5, 6, 7, ""},
		{layout.TraceTrap, layout.TraceInterrupt | 5, 0x2000, 0, "scause=timer-interrupt sepc=0x2000 stval=0x0"},
		{layout.TraceTrap, layout.TraceInterrupt | 3, 0, 0, "scause=interrupt-3 sepc=0x0 stval=0x0"},
		{layout.TraceTrap, 15, 1, 2, "scause=store-page-fault sepc=0x1 stval=0x2"},
		{layout.TraceTrap, 5, 1, 2, "scause=exception-5 sepc=0x1 stval=0x2"},
		{layout.TraceSleep, 0, 77, 0, "ticks=77"},
		{layout.TraceWake, 0, 0x222, 0, "sip=0x222"},
		{layout.TraceSwitch, 4, 3, 0, "from=3 to=4"},
		{layout.TraceDispatch, 9, 0, 0, "events=doorbell+local"},
		{layout.TraceDispatch, 1<<7 | 16, 0, 0, "events=timeout+0x80"},
		{layout.TraceDispatch, 0, 0, 0, "events=0x0"},
		{layout.TraceDeath, 1, uint64(layout.CauseKilled), 4, "core=1 cause=killed incarnation=4"},
		{layout.TraceBirth, 1, 8, 4, "core=1 incarnation=4"},
		{layout.NumTraceKinds, 1, 8, 4, ""},
	} {
		r := Record{Head: layout.TraceHead(c.kind, c.arg), A: c.a, B: c.b}
		if got := Line(&r); got != c.want {
			t.Errorf("%v: %s, want %s", c.kind, got, c.want)
		}
	}
}

func TestDuration(t *testing.T) {
	for _, c := range []struct {
		ticks, timebase uint64
		want            time.Duration
	}{{3, 10_000_000, 300}, {1, 4_000_000, 250}, {1 << 40, 1_000_000_000, 1 << 40}, {7, 3, 2333333333}, {7, 0, 0}} {
		if got := Duration(c.ticks, c.timebase); got != c.want {
			t.Errorf("%d ticks of %d Hz are %d ns, want %d", c.ticks, c.timebase, got, c.want)
		}
	}
}
