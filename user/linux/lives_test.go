package linux

import (
	"fmt"
	"slices"
	"syscall"
	"testing"
	"time"

	"atoll/kernel/dispatch"
	"atoll/monitor/parcel"
	"atoll/user/farfs"
	"atoll/user/vfs"
)

// slowFiles is a server with one file, that looks for it when it may.
type slowFiles struct {
	farfs.Server
	asked, may chan struct{}
}

func (s *slowFiles) Attach() (farfs.Info, error) {
	return farfs.Info{Attr: vfs.Attr{Mode: syscall.S_IFDIR | 0o755}}, nil
}
func (s *slowFiles) Attr(f farfs.Ref) (farfs.Info, error) {
	if f.Path == "" {
		return s.Attach()
	}
	return farfs.Info{Attr: vfs.Attr{Mode: syscall.S_IFREG | 0o644}}, nil
}
func (s *slowFiles) Lookup(farfs.Ref, string) (farfs.Info, error) {
	s.asked <- struct{}{}
	<-s.may
	return s.Attr(farfs.Ref{Path: "f"})
}
func (s *slowFiles) Open(farfs.Ref, bool) error { return nil }
func (s *slowFiles) Close(uint64)               {}
func (s *slowFiles) Detach() error              { return nil }

// What a core has asked for that dies before it gets it nobody keeps for it. Sabotage: in keep, do not ask whether he is lost.
func TestLateOpen(t *testing.T) {
	w := newRealmWorld(t, 2)
	srv := &slowFiles{asked: make(chan struct{}), may: make(chan struct{})}
	fs := farfs.New(srv, 9, w.s.coroutines, w.loop.Do, 1<<20)
	defer fs.End()
	w.mountSlow(t, fs)
	end := time.Now().Add(20 * time.Second)
	w.idle = func() bool {
		time.Sleep(20 * time.Microsecond)
		return time.Now().Before(end)
	}
	r := w.s.realm
	open := func(th *thread) bool {
		q, code := fileQuestion{file: farfs.Ref{ID: 5, Path: "slow/f"}, mode: 1}, &coder{}
		q.each(code)
		w.loop.Do(func() {
			w.s.Take(1, &parcel.Parcel{Kind: parcelFile, W: [parcel.Words]uint64{77, fileOpen, 1, 0}, Data: code.b})
		})
		return th.set(nrYield)
	}
	die := func(th *thread) bool {
		<-srv.asked
		w.loop.Do(func() { w.s.Lost(1) })
		return th.set(nrYield)
	}
	var over func(*thread) bool
	over = func(th *thread) bool {
		if w.s.coroutines.Begun() > 0 && time.Now().Before(end) {
			w.script[1] = append(w.script[1], over)
			return th.set(nrYield)
		}
		if n := len(r.opened); n != 0 {
			t.Errorf("%d files are open for who is dead", n)
		}
		return th.set(nrExitGroup, 0)
	}
	w.script = script{1: {open, die, func(th *thread) bool {
		close(srv.may)
		return th.set(nrYield)
	}, over}}
	w.start(func(th *thread) bool { return w.script.next(th) })
	if w.status != 0 {
		t.Errorf("status %d", w.status)
	}
}

// What others still answer to an earlier life of a core, and what they know of its files, is nothing to a later one.
// Sabotage: in SetRealm, begin with 0.
func TestLateAnswers(t *testing.T) {
	w := newRealmWorld(t, 2)
	w.s.loop = w.loop
	life := func(n int) *realm {
		store, _ := newStore(t)
		s := newSystem(&stormEnv{farEnv{world: w, ns: w.Files()}, n}, store)
		s.SetRealm(simLink{w, 1}, 77, 1, 0, LeastLoaded)
		s.Begin(w.loop, new(dispatch.Group))
		return s.realm
	}
	f, _ := w.p.files.Get(1)
	ask := func(r *realm) (question, move, export uint64, answered *bool) {
		answered = new(bool)
		r.askCensus(0, func(*census) { *answered = true })
		r.lastMove++
		return r.lastQuestion, r.lastMove, r.exportFile(0, r.lastMove, 2, f), answered
	}
	question, move, export, _ := ask(life(1))
	later := life(2)
	_, move2, _, answered := ask(later)
	later.answer(0, &parcel.Parcel{Kind: parcelAnswer, W: [parcel.Words]uint64{77, question}})
	if *answered || move == move2 || later.ownFile(&fileRecord{core: 1, origin: export}) != nil {
		t.Errorf("it is answered: %v; moves %d and %d; its file %d is another", *answered, move, move2, export)
	}
}

// A core that is told late of the death of another's earlier life still tells its later one of the end of a process that has been there since, and no core that is dead.
// Sabotages: in lost, take it for one that has no ghost; in aside, tell the dead, too.
func TestLateDeath(t *testing.T) {
	w := newRealmWorld(t, 4)
	far := w.others[0]
	far.loop = w.loop
	var told []string
	far.realm.link = tells{far.realm.link, func(to int, p parcel.Parcel) {
		told = append(told, fmt.Sprint(to, p.Kind))
	}}
	p := far.newProcess(w.p)
	p.id, p.route, p.behind, p.memory = 9, "\x00", 1|1<<2|1<<3, far.newMemory(nil)
	p.memory.users++ // it stays
	p.parent, p.files = &Process{sys: far, id: 5, seat: 0}, vfs.NewTable()
	far.processes[9] = p
	far.realm.others |= 1 << 2
	far.Lost(2)
	far.realm.link = dies{far.realm.link, 3}
	p.exit(exited(1))
	if want := []string{fmt.Sprint(2, parcelNews), fmt.Sprint(0, parcelNews)}; !slices.Equal(told, want) {
		t.Errorf("told is %v, want %v", told, want)
	}
}

// dies is a link of which a core is dead.
type dies struct {
	Link
	core int
}

func (l dies) Alive() uint64 { return l.Link.Alive() &^ (1 << l.core) }
