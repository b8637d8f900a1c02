package console

import (
	"slices"
	"strings"
	"testing"
	"testing/synctest"
)

// SoakTo and Streams: in the fake machine all that is sent has arrived, unless a
// test has it otherwise.
func (f *fakeSystem) SoakTo(core int, peers []int) error {
	if len(peers) == 0 {
		return f.ask("soak-off", core)
	}
	return f.ask("soak", append([]int{core}, peers...)...)
}

// SoakWork and Worked: what there was is at rest, unless a test has it otherwise.
func (f *fakeSystem) SoakWork(core int, peers []int) error {
	if f.working = len(peers) > 0; !f.working {
		return nil
	}
	return f.ask("work", append([]int{core}, peers...)...)
}

func (f *fakeSystem) Worked(core int) (Work, error) {
	if f.works != nil {
		w := f.works[0]
		if f.asks++; f.asks%2 == 0 && len(f.works) > 1 { // of two cores
			f.works = f.works[1:]
		}
		if f.differs && core == 1 {
			w.Digest++
		}
		return w, nil
	}
	return Work{}, nil
}

func (f *fakeSystem) Streams(core int) ([]Stream, error) {
	if f.streams != nil {
		return f.streams[core], nil
	}
	var list []Stream
	for _, o := range f.Alive() {
		if o != core {
			list = append(list, Stream{Peer: o, Incarnation: f.births[o] + 1, Sent: 9, Next: 10, Received: 12})
		}
	}
	return list, f.ask("streams", core)
}

func TestSoakStart(t *testing.T) {
	for line, want := range map[string][]string{
		"soak start":     {"soak[0 1 3]", "soak[1 0 3]", "soak[3 0 1]"},
		"soak start 3 0": {"soak[0 3]", "soak[3 0]"},
	} {
		sys := newFake(4)
		sys.down[2] = true
		check(t, sys, line, OK, " cores stream to one another\n")
		if !slices.Equal(sys.asked, want) {
			t.Errorf("%s asked for %q, not %q", line, sys.asked, want)
		}
	}
	sys := newFake(4)
	sys.down[2] = true
	check(t, sys, "soak start 1 2", Failed, "core 2 is not up")
	if len(sys.asked) > 0 {
		t.Errorf("it reached the machine: %q", sys.asked)
	}
}

// Who stops what was not begun is told so.
// Sabotage: leave the look at the streams out of soakStop.
func TestSoakStopWithoutStart(t *testing.T) {
	sys := newFake(2)
	sys.streams = map[int][]Stream{0: nil}
	check(t, sys, "soak stop", Failed, "soak: no core has streamed to another; soak start begins that\n")
	check(t, sys, "soak report", OK, "@0 soak pairs=0 received=0 ")
}

func TestSoakReport(t *testing.T) {
	check(t, newFake(2), "soak -json report", OK, `{"event":"soak-stream","by":0,"to":0,"from":1,"received":12,"lost":0,"doubled":0,"reordered":0,"alien":0}
`)
	check(t, newFake(2), "soak report", OK, `TO  FROM  RECEIVED  LOST  DOUBLED  REORDERED  ALIEN
 0     1        12     0        0          0      0
 1     0        12     0        0          0      0
@0 soak pairs=2 received=24 lost=0 doubled=0 reordered=0 alien=0 missing=0
`)
}

// Each kind of error fails soak stop, and so does a message that never comes.
// Sabotage: in soakSum, leave one of the sums out.
func TestSoakStop(t *testing.T) {
	good := Stream{Peer: 1, Incarnation: 1, Sent: 9, Next: 8}
	answer := Stream{Peer: 0, Incarnation: 1, Sent: 7, Next: 10}
	for want, change := range map[string]func(a, b *Stream){
		"":                 func(a, b *Stream) {},
		" 1 were lost":     func(a, b *Stream) { a.Lost = 1 },
		" 2 came twice":    func(a, b *Stream) { b.Doubled = 2 },
		" 3 out of order":  func(a, b *Stream) { a.Reordered = 3 },
		" 4 from another":  func(a, b *Stream) { b.Alien = 4 },
		" 5 more never":    func(a, b *Stream) { b.Next -= 5 },
		" 9 more never":    func(a, b *Stream) { *b = Stream{} },
		" 2 more never":    func(a, b *Stream) { a.Next -= 2 },
		" 6 were lost be":  func(a, b *Stream) { a.Lost, b.Lost = 2, 4 },
		"pairs=0 received": func(a, b *Stream) { a.Incarnation, b.Next = 2, 1 }, // not the present life
	} {
		synctest.Test(t, func(t *testing.T) {
			a, b := good, answer
			change(&a, &b)
			sys := newFake(2)
			sys.streams = map[int][]Stream{0: {a}, 1: {b}}
			if b.Incarnation == 0 {
				delete(sys.streams, 1)
			}
			out, status := execute(sys, "soak stop")
			if bad := strings.Contains(want, " were") || strings.Contains(want, " came") || strings.Contains(want, " out") ||
				strings.Contains(want, " from") || strings.Contains(want, "never"); (status == Failed) != bad || !strings.Contains(out, want) {
				t.Errorf("%q: status %d, and it printed:\n%s", want, status, out)
			}
		})
	}
}

// soak work begins both; soak stop waits until the work is at rest, and fails for whatever
// it finds wrong or left. Sabotage: in unrest or workStop, leave one of the sums out.
func TestSoakWork(t *testing.T) {
	sys := newFake(2)
	check(t, sys, "soak work", OK, "2 cores stream to one another\n")
	if want := []string{"soak[0 1]", "work[0 1]", "soak[1 0]", "work[1 0]"}; !slices.Equal(sys.asked, want) {
		t.Errorf("asked for %q, not %q", sys.asked, want)
	}
	good := Work{Agreed: 5, Refused: 3, Judged: 8, Bound: 4, Closed: 3, Broken: 1, Messages: 90, Served: 2}
	busy := good
	busy.Running, busy.Ends, busy.Used = 2, 1, 3
	for _, c := range []struct {
		change func(f *fakeSystem, w *Work)
		status int
		want   string
	}{
		{func(*fakeSystem, *Work) {}, OK, "@0 soak-work cores=2 agreed=10 refused=6 unclear=0 judged=16 false=0 bound=8 closed=6 broken=2 failed=0 messages=180 alien=0 served=4 running=0 differ=0 ends=0 used=0 orphans=0 opening=0\n"},
		{func(_ *fakeSystem, w *Work) { w.False = 1 }, Failed, " 2 were two,"},
		{func(_ *fakeSystem, w *Work) { w.Failed = 1 }, Failed, " 2 bindings ended though"},
		{func(_ *fakeSystem, w *Work) { w.Alien = 1 }, Failed, " 2 messages came back wrong"},
		{func(_ *fakeSystem, w *Work) { w.Running = 1 }, Failed, " 2 goroutines"},
		{func(_ *fakeSystem, w *Work) { w.Ends = 1 }, Failed, " 2 ends of bindings"},
		{func(_ *fakeSystem, w *Work) { w.Orphans = 1 }, Failed, " 2 frames are left"},
		{func(_ *fakeSystem, w *Work) { w.Opening = 1 }, Failed, " 2 pools are not open"},
		{func(f *fakeSystem, _ *Work) { f.differs = true }, Failed, " 1 cores differ"},
	} {
		synctest.Test(t, func(t *testing.T) {
			sys := newFake(2)
			last := good
			c.change(sys, &last)
			sys.works = []Work{busy, busy, last}
			out, status := execute(sys, "soak stop")
			if status != c.status || !strings.Contains(out, c.want) {
				t.Errorf("%d, %q; want %d, %q", status, out, c.status, c.want)
			}
		})
	}
}
