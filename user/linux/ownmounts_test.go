package linux

import (
	"fmt"
	"testing"
	"time"

	"atoll/user/coroutine"
	"atoll/user/farfs"
	"atoll/user/memfs"
	"atoll/user/vfs"
)

// Of processes that come at once to a core one makes its mounts, and the others wait for it. Sabotages: in prepare, do not wait; in made, wake nobody.
func TestOwnMounts(t *testing.T) {
	w := newRealmWorld(t, 2)
	fs := farfs.New(&HomeFiles{sys: w.others[0]}, 9, w.s.coroutines, w.loop.Do, 1<<20)
	w.mountSlow(t, fs)
	end := time.Now().Add(20 * time.Second)
	w.idle = func() bool { // an answer is on its way
		time.Sleep(20 * time.Microsecond)
		return time.Now().Before(end)
	}
	own := memfs.New(10, 1<<20, func() int64 { return 0 })
	w.s.mounts.list = []vfs.Mounted{{Path: "/slow/bin", Mount: &vfs.Mount{Root: own.Root()}}}
	var errs []error
	over := 0
	come := func() {
		for range 3 {
			var c *coroutine.Coroutine
			goOn := func() {
				if c.Resume() {
					over++
				}
			}
			c, _ = w.s.coroutines.Start(func() { errs = append(errs, w.s.prepare()) }, func() { w.loop.Do(goOn) })
			if c == nil {
				t.Error("it did not wait")
			}
		}
	}
	var wait func(*thread) bool
	s := script{1: {func(th *thread) bool {
		w.loop.Do(come)
		return th.set(nrYield)
	}}}
	wait = func(th *thread) bool {
		if over < 3 && time.Now().Before(end) {
			s[1] = []func(*thread) bool{wait}
			return th.set(nrYield)
		}
		return th.set(nrExitGroup, 0)
	}
	s[1] = append(s[1], wait)
	w.start(s.next)
	if got := fmt.Sprint(errs); got != "[<nil> <nil> <nil>]" || len(w.s.mounts.list) != 0 {
		t.Errorf("%s, %d mounts are left", got, len(w.s.mounts.list))
	}
}
