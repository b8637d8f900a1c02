package linux

import (
	"syscall"
	"testing"

	"atoll/user/vfs"
)

// elsewise is a stream that has to wait so many times that it is looked at.
type elsewise struct {
	vfs.Stream
	looks, waits int
	look         func()
}

func (e *elsewise) Waits(bool, int) bool {
	if e.looks++; e.look != nil {
		e.look()
	}
	return e.looks <= e.waits
}

// Who would wait for another core looks for a moment, not longer, and not at all if he would rather have an error, has something already, or somebody else wants the hart; what
// is left for the loop ends it.
// Sabotages: in linger, leave out a condition, a bound, or the look.
func TestLinger(t *testing.T) {
	w := newWorld(t)
	linger := func(th *thread, e *elsewise, flags int, moved uint64) int {
		m := &mover{t: th, f: vfs.NewFile(e, flags, ""), n: moved}
		m.linger(false, 10)
		return e.looks
	}
	w.start(script{
		1: {
			func(th *thread) bool {
				l := th.p.sys.loop
				begun := l.Now()
				for _, x := range []struct {
					what  string
					looks int
					e     elsewise
					flags int
					moved uint64
				}{
					{"what has come", 1, elsewise{}, 0, 0},
					{"what comes", 8, elsewise{waits: 7}, 0, 0},
					{"what never comes", 1 + looksLinger, elsewise{waits: 1 << 20}, 0, 0},
					{"time that goes by", 3, elsewise{waits: 7, look: func() { w.now += w.Ticks(uint64(mostLinger)) / 2 }}, 0, 0},
					{"who does not wait", 0, elsewise{waits: 7}, syscall.O_NONBLOCK, 0},
					{"who has some", 0, elsewise{waits: 7}, 0, 1},
					{"what is due", 2, elsewise{waits: 7, look: func() { l.Do(func() {}) }}, 0, 0},
				} {
					if n := linger(th, &x.e, x.flags, x.moved); n != x.looks {
						t.Errorf("%s: %d looks, want %d", x.what, n, x.looks)
					}
				}
				w.now = begun
				return th.set(nrClone, forkFlags)
			},
			func(th *thread) bool {
				if n := linger(th, &elsewise{waits: 7}, 0, 0); n != 1 {
					t.Errorf("%d looks while another wants the hart", n)
				}
				return th.set(nrExitGroup, 0)
			},
		},
		2: {do(nrYield), do(nrYield), do(nrExitGroup, 0)},
	}.next)
}
