package linux

import (
	"encoding/binary"
	"fmt"
	"runtime"
	"slices"
	"syscall"
	"testing"

	"atoll/monitor/parcel"
	"atoll/user/vfs"
)

// A record that names more than it has takes no memory for it. Sabotage: in list, make room for what is named.
func TestRecordLies(t *testing.T) {
	r := newRecord()
	b := r.bytes()
	b = b[:len(b)-3] // but for the lists, each of one byte
	b = binary.AppendUvarint(b, 200_000)
	b = append(b, make([]byte, 200_000)...)
	b[len(b)-200_000] = 0xff
	for i := range 20 {
		b[len(b)-200_000+i] = 0xff // no number
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	_, ok := recordOf(b)
	runtime.ReadMemStats(&after)
	if took := after.TotalAlloc - before.TotalAlloc; ok || took > 1<<20 {
		t.Errorf("it is one: %v; it took %d bytes", ok, took)
	}
}

// No more processes are on their way from a core than it may have records of, whose arguments lie in the kernel's heap; others wait, and
// go when they may, or end. A core that has more come from another refuses it.
// Sabotages: in mayLeave, count nothing; in moved, wake nobody; in drop of an execution, do not count back; in arrive, do not look.
func TestMovesBound(t *testing.T) {
	w := newRealmWorld(t, 2)
	const children = mostMoves + 5
	most, waits := 0, 0
	s := script{}
	for n := range children {
		id := uint64(2 + n)
		s[1] = append(s[1], do(nrClone, forkFlags))
		s[id] = []func(*thread) bool{to(1), func(th *thread) bool {
			if n == 0 {
				th.p.write(atPath, []byte("/bin/nothing\x00")) // it is counted, and does not go
			}
			return th.set(nrExecve, atPath, atArgv, 0)
		}, do(nrExitGroup, 0)}
	}
	w.full, w.s.realm.others = true, 1<<1
	w.idle = func() bool { // all have come as far as they may
		if !w.full {
			return false
		}
		w.full, most, waits = false, w.s.realm.records, len(w.s.realm.movers.threads)
		for _, wake := range w.asked {
			w.loop.Do(wake)
		}
		return true
	}
	for range children {
		s[1] = append(s[1], do(nrWait4, ^uint64(0), atStatus, 0, 0))
	}
	s[1] = append(s[1], do(nrExitGroup, 0))
	w.start(s.next)
	w.finish(t, s, 0)
	if r := w.s.realm; most != mostMoves || waits != children-mostMoves-1 || len(r.moves)+r.records+len(r.movers.threads) != 0 {
		t.Errorf("%d were to go at a time, and %d waited; %d are on their way, %d have records, %d wait", most, waits, len(r.moves), r.records, len(r.movers.threads))
	}
	far := newRealmWorld(t, 2).others[0]
	for pid := uint64(2); pid < 2+2*mostMoves; pid++ {
		far.Take(0, &parcel.Parcel{Kind: parcelMove, W: [parcel.Words]uint64{77, pid, 0, pid}, Data: (&record{pid: pid, path: "/bin/child"}).bytes()})
	}
	if n := len(far.realm.arrivals); n != mostMoves {
		t.Errorf("%d processes come at once", n)
	}
}

// held is a link that looks before it sends.
type held struct {
	Link
	looks func()
}

func (h held) Send(to int, p parcel.Parcel) {
	h.looks()
	h.Link.Send(to, p)
}

// What an earlier move of a process has left on a core is used there when a later one is refused.
// Sabotage: in dropExports, take all that the process has there.
func TestMoveLeft(t *testing.T) {
	w := newRealmWorld(t, 2)
	r := w.s.realm
	f, _ := w.p.files.Get(1)
	first := r.exportFile(1, 1, 2, f)
	r.exportFile(1, 2, 2, f)
	if r.dropExports(2); len(r.exports) != 1 || r.exports[first] == nil {
		t.Errorf("%d files are left, %v", len(r.exports), r.exports)
	}
}

// That a process has exited is told when what was there of it has been written, whatever others write to the terminal behind that.
// Sabotage: in waits, wait until nothing is to be written.
func TestFarBehind(t *testing.T) {
	w := newRealmWorld(t, 2)
	w.s.loop = w.loop
	w.room = 0
	r := w.s.realm
	f, _ := w.p.files.Get(1)
	e := r.exports[r.exportFile(1, 0, 0, f)]
	p := w.s.newProcess(w.p)
	p.memory, p.seat = nil, 1
	w.s.tasks++
	send := func(kind uint16, what, a, b uint64, data string) {
		w.s.Take(1, &parcel.Parcel{Kind: kind, W: [parcel.Words]uint64{77, what, a, b}, Data: []byte(data)})
	}
	send(parcelWrite, e.id, 0, 0, "mine")
	send(parcelNews, p.id, uint64(newsEnd)<<32, 0, "")
	send(parcelWrite, e.id, 0, 0, "another's")
	if p.dead || len(r.held) != 1 {
		t.Error("its end is told before what it has written has come")
	}
	w.room = 6
	if w.s.Writable(); e.due {
		e.progress()
	}
	if !p.dead || len(r.held) != 0 || len(e.out) == 0 {
		t.Errorf("it is dead: %v; %d bytes are to be written", p.dead, len(e.out))
	}
}

// Who signals all reaches those of other cores, but for himself and the first. Sabotages: in kill of a realm, forward nothing to all; in signalled, spare
// nobody.
func TestKillAll(t *testing.T) {
	w := newRealmWorld(t, 2)
	spin := func(th *thread) bool { return th.set(nrYield) }
	left := func() (n int) {
		for _, p := range w.others[0].processes {
			if !p.dead {
				n++
			}
		}
		return n
	}
	s := script{
		1: {
			do(nrClone, forkFlags), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield), do(nrYield),
			func(th *thread) bool {
				if n := left(); n != 2 {
					t.Errorf("%d processes live on core 1, not the child and its child", n)
				}
				return th.set(nrKill, ^uint64(0), sigKILL)
			},
			see(t, "kill", 0, do(nrWait4, 2, atStatus, 0, 0)),
			see(t, "wait4", 2, spin), spin, spin, spin,
			func(th *thread) bool {
				if n := left(); n != 0 {
					t.Errorf("%d processes live on core 1", n)
				}
				return th.set(nrExitGroup, 0)
			},
		},
		2: {to(1), do(nrExecve, atPath, atArgv, 0), there(t, 1, do(nrClone, forkFlags))},
	}
	w.start(func(th *thread) bool {
		if len(s[th.id]) == 0 {
			return spin(th)
		}
		return s.next(th)
	})
	w.finish(t, s, 0)
	w = newRealmWorld(t, 2)
	w.s.loop = w.loop
	sent := 0
	w.s.realm.link = held{w.s.realm.link, func() { sent++ }}
	ghost := w.s.newProcess(w.p)
	ghost.seat, ghost.memory = 1, nil
	signal := func(from uint64) {
		w.s.Take(1, &parcel.Parcel{Kind: parcelGroup, W: [parcel.Words]uint64{77, everybody, sigKILL, from}})
	}
	if signal(ghost.id); w.p.dead || sent != 0 {
		t.Errorf("the first is dead: %v; %d parcels are sent to who has signalled all", w.p.dead, sent)
	}
	if signal(99); w.p.dead || sent != 1 {
		t.Errorf("the first is dead: %v; %d parcels are sent to one that is not here any more", w.p.dead, sent)
	}
}

// A file that fails with EIO is closed where it lies, too; one of a core that died is not closed there for a later life of that.
// Sabotages: in Close, do not close what has failed; in Lost, keep the imports.
func TestFarClose(t *testing.T) {
	w := newRealmWorld(t, 2)
	r := w.others[0].realm
	var sent []uint64
	r.link = held{r.link, func() { sent = append(sent, 1) }}
	f := vfs.NewFile(r.importFile(0, &fileRecord{file: 5, mode: syscall.S_IFREG}), syscall.O_RDWR, "x")
	f.Hold()
	f.Content.(*farFile).lost = syscall.EIO
	if f.Release(); len(sent) != 1 || len(r.imports) != 0 {
		t.Errorf("%d parcels are sent, %d files are left", len(sent), len(r.imports))
	}
	sent, r = nil, w.s.realm
	r.link = held{r.link, func() { sent = append(sent, 1) }}
	old := r.importFile(1, &fileRecord{file: 5, mode: syscall.S_IFREG})
	r.others |= 1 << 1
	w.s.loop = w.loop
	w.s.Lost(1)
	if old.Close(); len(sent) != 0 {
		t.Error("a file of an earlier life is closed in a later")
	}
}

// A process that is killed on its way may have come to where it goes, and gone on from there: that it has ended is said of where it was,
// and of all only when it has not come. If the core that it goes to dies, so is it, but where it had gone on before to a core that it had been on it lives,
// unless it was killed, or its parent is told so here.
// Sabotages: in exit, take each for one that has ended there; in moved, tell nobody, or have it go on; in killAfter, kill nobody.
func TestKilledOnItsWay(t *testing.T) {
	for _, x := range []struct {
		answer      errno
		kills, near bool
	}{{0, true, false}, {again, true, false}, {lostMove, true, false}, {lostMove, false, false}, {lostMove, false, true}} {
		w := newRealmWorld(t, 3)
		far := w.others[0]
		var told []string
		far.realm.link = tells{far.realm.link, func(to int, p parcel.Parcel) {
			told = append(told, fmt.Sprint(to, p.Kind, p.W[2]>>32&uint64(newsLast) != 0))
		}}
		p := far.newProcess(w.p)
		p.id, p.route, p.behind, p.memory = 9, "\x00", 1|1<<2, far.newMemory(nil)
		p.memory.users++ // it stays
		p.parent, p.files = &Process{sys: far, id: 5, seat: 0}, vfs.NewTable()
		if x.near {
			p.parent = &Process{sys: far, id: 5, seat: 1}
		}
		far.processes[9] = p
		l := &leaving{number: 4, core: 2, x: &execution{t: &thread{p: p}}}
		p.leaving, far.realm.moves[4] = l, l
		news, signal := parcelNews, parcelSignal
		want := []string{fmt.Sprint(2, news, false), fmt.Sprint(0, news, false)}
		if x.near {
			want = []string{fmt.Sprint(0, news, false), fmt.Sprint(2, news, false)}
		}
		if x.kills {
			p.exit(killed(sigKILL))
		}
		switch far.realm.moved(2, 4, x.answer); {
		case x.answer == 0:
			want = append(want, fmt.Sprint(2, signal, false))
		case x.answer == again:
			want = append(want, fmt.Sprint(2, news, true))
		case x.kills, x.near:
			want = append(want, fmt.Sprint(0, signal, false), fmt.Sprint(2, signal, false))
		}
		if !p.dead || !slices.Equal(told, want) {
			t.Errorf("%+v: it is dead: %v; told is %v, want %v", x, p.dead, told, want)
		}
	}
}

// tells is a link that tells what is sent.
type tells struct {
	Link
	told func(to int, p parcel.Parcel)
}

func (l tells) Send(to int, p parcel.Parcel) { l.told(to, p) }

// Who ends while a child is ending, as one that its child's end hangs up, does not tell of that: the child does.
// Sabotage: in orphanChildren, tell of all that are dead.
func TestBothEnd(t *testing.T) {
	w := newWorld(t)
	parent := w.s.newProcess(w.p)
	child := w.s.newProcess(parent)
	w.s.tasks += 2
	child.dead = true
	if parent.orphanChildren(); w.s.processes[child.id] == nil {
		t.Error("the child is forgotten in the middle of its end")
	}
	if child.tell(newsEnd); w.s.processes[child.id] != nil || w.s.tasks != 2 {
		t.Errorf("the child is left, or %d tasks are", w.s.tasks)
	}
}
