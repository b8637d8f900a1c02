package linux

import (
	"math/rand/v2"
	"os"
	"syscall"
	"testing"

	"atoll/monitor/parcel"
	"atoll/user/farfs"
	"atoll/user/vfs"
)

// liar makes parcels of a realm that mean something, or nearly.
type liar struct {
	*rand.Rand
	w *world
}

// number is one of those that something has, mostly.
func (l liar) number() uint64 {
	r := l.w.s.realm
	switch l.IntN(8) {
	case 0:
		return l.Uint64()
	case 1:
		return 1 << l.IntN(64)
	case 2:
		return r.lastExport - uint64(l.IntN(3))
	case 3:
		return r.lastQuestion - uint64(l.IntN(3))
	case 4:
		return r.lastMove - uint64(l.IntN(3))
	case 5:
		return ^uint64(0) - uint64(l.IntN(3))
	}
	return uint64(l.IntN(12))
}

// data is a record, a question or some other thing that a parcel has, a bit of which is not as it was.
func (l liar) data(kind uint16) []byte {
	c, fits := &coder{}, map[uint16]int{parcelMove: 0, parcelFile: 1, parcelControl: 2, parcelSignal: 3, parcelGroup: 3}
	what, there := fits[kind]
	if !there || l.IntN(8) == 0 {
		what = l.IntN(6)
	}
	switch what {
	case 0:
		d := &record{
			pid: uint64(1 + l.IntN(8)), group: l.number(), session: l.number(), job: l.number(), parent: l.number(), cores: l.number(), umask: l.number(), ignored: l.number(),
			mask: l.number(), behind: l.number(), path: "/bin/child", cwd: "/", name: "child", limits: usualLimits, args: []string{"child"}, route: "\x01"[l.IntN(2):],
		}
		if l.IntN(4) == 0 {
			d.onward = uint64(l.IntN(12))
		}
		for range l.IntN(4) {
			d.files = append(d.files, fileRecord{fd: l.number(), file: l.number(), flags: l.number(), mode: l.number(), core: uint64(l.IntN(3)), origin: l.number(), name: "x"})
			d.children = append(d.children, childRecord{l.number(), l.number(), l.number(), l.number(), "x"})
			d.tours = append(d.tours, tour{uint64(l.IntN(3)), l.number(), l.number(), l.number()})
		}
		d.each(c)
	case 1:
		q := &fileQuestion{
			file: farfs.Ref{ID: l.number(), Path: "bin/child"}, to: farfs.Ref{Path: "bin"}, name: "child"[:l.IntN(6)], newName: "x", target: "tmpfs", off: l.number(), n: l.number(), mode: l.number(), data: "data",
			lock: farfs.LockQuestion{Op: farfs.LockOp(l.IntN(8)), Owner: l.number(), Wait: l.number(), Kind: vfs.LockKind(l.IntN(3)), Lock: vfs.Lock{Range: vfs.Range{First: int64(l.number()), Last: int64(l.number())}, PID: int(l.number())}},
		}
		q.each(c)
	case 2:
		a := &farArgs{off: l.number(), n: l.number(), data: "data"}
		a.each(c)
	case 3:
		i := siginfo{sig: 9, value: l.number(), tour: &tour{uint64(l.IntN(3)), l.number(), l.number(), 9}, told: l.number()}
		c.b = i.data()
	case 4:
		c.b = make([]byte, l.IntN(100))
	}
	if n := len(c.b); n > 0 && l.IntN(3) == 0 {
		c.b[l.IntN(n)] ^= 1 << l.IntN(8)
	}
	return c.b
}

// parcel is one.
func (l liar) parcel() *parcel.Parcel {
	kind := uint16(l.IntN(int(parcelStir) + 2))
	if l.IntN(3) == 0 {
		kind = []uint16{parcelMove, parcelFile}[l.IntN(2)]
	}
	p := &parcel.Parcel{Kind: kind, W: [parcel.Words]uint64{77, l.number(), l.number(), l.number()}, Data: l.data(kind)}
	switch d, ok := recordOf(p.Data); {
	case kind == parcelMove && ok:
		p.W[1] = d.pid
	case kind == parcelFile:
		p.W[1] = uint64(l.IntN(fileUnmount + 2))
	}
	return p
}

// What a core says at random, with numbers that there are and that there are not, panics no other, and when the core is dead nothing of it is left there.
// Sabotages: in signalled, take any signal; in settle, take the place of any process; in passThrough, send on to wherever.
func TestLiesAtRandom(t *testing.T) {
	seeds := uint64(200)
	if os.Getenv("ATOLL_SOAK") != "" {
		seeds = 4000
	}
	for seed := range seeds {
		if testLiesAtRandom(t, seed); t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func testLiesAtRandom(t *testing.T, seed uint64) {
	w := newRealmWorld(t, 3)
	l := liar{rand.New(rand.NewPCG(seed, 0)), w}
	for sig := range w.p.actions {
		w.p.actions[sig].handler = handlerIgnore
	}
	next, left := map[uint64][]func(*thread) bool{}, 400
	w.start(func(th *thread) bool {
		if left--; left == 0 {
			return false
		}
		s, p := w.system(2*l.IntN(2)), l.parcel()
		w.loop.Do(func() {
			if !s.ended {
				s.Take(1, p)
			}
		})
		if list := next[th.id]; len(list) > 0 {
			next[th.id] = list[1:]
			return list[0](th)
		}
		switch core := uint64(l.IntN(3)); l.IntN(8) {
		case 0:
			if len(w.s.processes) < 10 {
				return th.set(nrClone, forkFlags)
			}
		case 1, 2:
			steps := []func(*thread) bool{to(core), do(nrExecve, atPath, atArgv, 0)}
			if th.p.name == "child" {
				steps = onward(core)
			}
			if th.p != w.p {
				next[th.id] = steps[1:]
				return steps[0](th)
			}
		case 3:
			if th.p != w.p {
				return th.set(nrExitGroup, 0)
			}
		case 4:
			return th.set(nrWait4, ^uint64(0), 0, waitNoHang, 0)
		}
		return th.set(nrYield)
	})
	for _, s := range []*System{w.s, w.others[1]} {
		if s.Lost(1); !s.ended {
			l.nothingLeft(t, s.realm)
		}
	}
}

// nothingLeft looks whether a core that has died has something of another still.
func (l liar) nothingLeft(t *testing.T, r *realm) {
	left := map[string]int{}
	for _, e := range r.exports {
		if e.core == 1 {
			left["exports"]++
		}
	}
	for key := range r.imports {
		if key.core == 1 {
			left["imports"]++
		}
	}
	for key := range r.opened {
		if key.core == 1 {
			left["opened"]++
		}
	}
	for key := range r.lockers {
		if key.core == 1 {
			left["lockers"]++
		}
	}
	for key := range r.lockWaits {
		if key.core == 1 {
			left["waits for locks"]++
		}
	}
	for _, q := range r.questions {
		if q.core == 1 {
			left["questions"]++
		}
	}
	for _, x := range r.moves {
		if x.core == 1 {
			left["moves"]++
		}
	}
	for _, p := range r.sys.processes {
		if p.ghost() && p.seat == 1 {
			left["ghosts"]++
		}
	}
	if len(left) > 0 {
		t.Errorf("core %d has %v of a core that is dead", r.here, left)
	}
}

// A process that comes does not take the place of one that has begun meanwhile and has its number, as a core that lies may guess it.
// Sabotage: in settle, look only whether it is dead.
func TestLiesOfNumbers(t *testing.T) {
	w := newRealmWorld(t, 2)
	s := w.others[0]
	d := &record{pid: 9, path: "/bin/child", cwd: "/", limits: usualLimits, args: []string{"child"}}
	a := &arrival{r: s.realm, from: 0, number: 7, d: d}
	s.realm.arrivals[d.pid] = a
	for more := true; more; {
		var err error
		if more, err = a.step(); err != nil {
			t.Fatal(err)
		}
	}
	delete(s.realm.arrivals, d.pid)
	own := s.newProcess(nil)
	own.id = d.pid
	s.processes[own.id] = own
	if err := a.settle(); err != syscall.ESRCH || s.processes[own.id] != own {
		t.Errorf("it comes: %v", err)
	}
	a.drop()
}
