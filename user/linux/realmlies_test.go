package linux

import (
	"fmt"
	"slices"
	"syscall"
	"testing"

	"atoll/kernel/dispatch"
	"atoll/monitor/parcel"
	"atoll/monitor/stream"
	"atoll/user/coroutine"
	"atoll/user/vfs"
)

// What a core can do that lies: whose instance is broken, or somebody else's.

// come has a process come from core 0 with a record as another core may make one, and returns it when it can run.
func come(t *testing.T, w *world, s *System, d *record) *Process {
	t.Helper()
	d.path, d.cwd, d.limits, d.args = "/bin/child", "/", usualLimits, []string{"child"}
	a := &arrival{r: s.realm, from: 0, number: 7, d: d}
	s.realm.arrivals[d.pid] = a
	defer delete(s.realm.arrivals, d.pid)
	for {
		more, err := a.step()
		if err != nil {
			t.Fatal(err)
		}
		if !more {
			break
		}
	}
	if err := a.settle(); err != nil {
		t.Fatal(err)
	}
	return a.p
}

// newLiar is a world in which core 1 is told lies by core 0, and what core 1 sends is noted: kind and file.
func newLiar(t *testing.T) (w *world, s *System, sent *[]string) {
	t.Helper()
	w = newRealmWorld(t, 2)
	s, sent = w.others[0], new([]string)
	s.realm.link = tells{s.realm.link, func(_ int, p parcel.Parcel) { *sent = append(*sent, fmt.Sprint(p.Kind, " ", p.W[1])) }}
	return w, s, sent
}

// A file that comes by a descriptor that there cannot be, or whose descriptor is another's too, is closed; one whose number is a new one's can be used no
// more, and who waits for it is told. However many terminals a core names, it has one.
// Sabotages: in importFiles, hold nothing; in importFile, leave the old one; in importTerminal, look for its number.
func TestLiesOfFiles(t *testing.T) {
	w, s, sent := newLiar(t)
	r := s.realm
	first := come(t, w, s, &record{pid: 9, terminal: fileRecord{file: 40, origin: 40}, files: []fileRecord{
		{fd: 0, file: 5, mode: syscall.S_IFIFO},
		{fd: vfs.MaxFiles, file: 6, mode: syscall.S_IFIFO},
		{fd: 1, file: 7, mode: syscall.S_IFIFO},
		{fd: 1, file: 8, mode: syscall.S_IFIFO},
		{fd: 2, file: 8, mode: syscall.S_IFIFO},
	}})
	for _, file := range []uint64{6, 7} {
		if r.imports[farKey{0, file}] != nil || !slices.Contains(*sent, fmt.Sprint(parcelClose, " ", file)) {
			t.Errorf("file %d is left: sent is %v", file, *sent)
		}
	}
	if n := len(r.imports); n != 3 { // with the terminal
		t.Errorf("it has %d files", n)
	}
	old, _ := first.files.Get(0)
	told := 0
	old.Queue().Add(&vfs.Waiter{Wake: func() { told++ }})
	if _, err := old.Read(make([]byte, 1)); err != syscall.EAGAIN {
		t.Fatal(err)
	}
	come(t, w, s, &record{pid: 10, terminal: fileRecord{file: 41, origin: 41}, files: []fileRecord{{fd: 0, file: 5, mode: syscall.S_IFIFO}}})
	if _, err := old.Read(make([]byte, 1)); err != syscall.EIO || told != 1 {
		t.Errorf("a file whose number is another's is read: %v; who waits is told %d times", err, told)
	}
	if n := len(r.imports); n != 3 {
		t.Errorf("they have %d files", n)
	}
}

// A descriptor of a file of an earlier life of the core to which a process comes fails with EIO, as it did where that came from.
// Sabotage: in importFiles, leave out what is gone.
func TestGoneFile(t *testing.T) {
	w, s, _ := newLiar(t)
	p := come(t, w, s, &record{pid: 9, files: []fileRecord{{fd: 3, core: 1, origin: 99, flags: syscall.O_RDWR, mode: syscall.S_IFREG}}})
	f, err := p.files.Get(3)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Read(make([]byte, 1)); err != syscall.EIO {
		t.Errorf("read: %v", err)
	}
	if _, err := f.Write([]byte("x")); err != syscall.EIO {
		t.Errorf("write: %v", err)
	}
	if p.files.Close(3); len(s.realm.imports) != 0 {
		t.Errorf("%d files are left", len(s.realm.imports))
	}
}

// Processes that come with children have no more tasks than there may be, though each had room when it came.
// Sabotage: in settle, do not look.
func TestLiesOfChildren(t *testing.T) {
	w := newRealmWorld(t, 2)
	far := w.others[0]
	far.mostTasks = 50
	send := func(pid uint64, children int) {
		d := &record{pid: pid, path: "/bin/child", cwd: "/", limits: usualLimits, args: []string{"child"}}
		for i := range children {
			d.children = append(d.children, childRecord{pid: 1000*pid + uint64(i), group: pid, session: pid})
		}
		far.Take(0, &parcel.Parcel{Kind: parcelMove, W: [parcel.Words]uint64{77, pid, 0, pid}, Data: d.bytes()})
	}
	for pid := uint64(2); pid < 5; pid++ {
		send(pid, 40)
	}
	if n := len(far.realm.arrivals); n != 3 {
		t.Fatalf("%d are on their way", n)
	}
	steps := 0
	w.start(func(th *thread) bool {
		if steps++; steps < 200 || th.p.sys == far {
			return th.set(nrYield)
		}
		return false
	})
	if far.tasks > far.mostTasks || far.tasks != 41 || len(far.processes) != 41 {
		t.Errorf("there are %d tasks, %d processes", far.tasks, len(far.processes))
	}
}

// A stand-in of a child is forgotten only when its parent is on its way, or elsewhere, by the move that is named; if that comes to
// nothing, a thread that waits learns that there is no child.
// Sabotages: in forget, do not ask where the parent is; wake nobody.
func TestLiesOfForgetting(t *testing.T) {
	w, s, _ := newLiar(t)
	p := come(t, w, s, &record{pid: 9, children: []childRecord{{pid: 20}}})
	forget := func(number uint64) bool {
		s.Take(0, &parcel.Parcel{Kind: parcelForget, W: [parcel.Words]uint64{77, 20, 0, number}})
		return s.processes[20] == nil
	}
	if forget(0) {
		t.Error("a child is forgotten of one that has never left")
	}
	p.left = 3 // and was refused
	if forget(3) {
		t.Error("a child is forgotten of one that is here")
	}
	th := p.threads[9]
	s.Begin(w.loop, new(dispatch.Group))
	th.waitIn(&p.waiters)
	p.leaving = &leaving{number: 3}
	if forget(2) || !forget(3) {
		t.Error("the move is not asked for")
	}
	if n := len(p.waiters.threads); n != 0 {
		t.Errorf("%d threads sleep for a child that is forgotten", n)
	}
}

// A process that is said to have been on a core that there is not is refused, and nobody has that told anything.
// Sabotages: in arrive, believe the route; believe who is behind.
func TestLiesOfWays(t *testing.T) {
	_, s, sent := newLiar(t)
	move := func(pid uint64, d record) {
		d.pid, d.path, d.cwd, d.limits, d.args = pid, "/bin/child", "/", usualLimits, []string{"child"}
		s.Take(0, &parcel.Parcel{Kind: parcelMove, W: [parcel.Words]uint64{77, pid, 0, pid}, Data: d.bytes()})
	}
	for _, route := range []string{"\x05", "\x00\x3f", "\x40", "\xff", "é"} {
		if move(9, record{route: route}); len(s.realm.arrivals) != 0 {
			t.Errorf("one comes by way of %q", route)
		}
	}
	if want := slices.Repeat([]string{fmt.Sprint(parcelMoved, " ", 9)}, 5); !slices.Equal(*sent, want) {
		t.Errorf("sent is %v", *sent)
	}
	move(9, record{route: "\x00", behind: ^uint64(0)})
	if a := s.realm.arrivals[9]; a == nil || a.d.behind != 3 {
		t.Fatalf("%+v comes", a)
	}
}

// roomless is a link that says that there is room once for each time that it is told to.
type roomless struct {
	tells
	asked []func()
}

func (l *roomless) Room(_ int, f func())      { l.asked = append(l.asked, f) }
func (l *roomless) Stream(int) *stream.Writer { return nil }

// A core that asks without end, and takes no answer, or asks while nobody can answer, has no more than a bound in the home's heap, and what is in it is answered
// in the order in which it was asked, each when there is room. Of a dead core nothing is left.
// Sabotages: in add, do not look; in await, begin all when there is room; in begin, count it as begun before it is; in Lost, keep what is asked.
func TestFloodOfQuestions(t *testing.T) {
	w := newRealmWorld(t, 2)
	w.s.loop = w.loop
	r := w.s.realm
	var answers []uint64
	l := &roomless{}
	l.tells = tells{r.link, func(_ int, p parcel.Parcel) { answers = append(answers, p.W[1]) }}
	r.link = l
	q, c := fileQuestion{data: string(make([]byte, 4096))}, &coder{}
	q.each(c)
	flood := func() {
		for n := range uint64(10_000) {
			w.s.Take(1, &parcel.Parcel{Kind: parcelFile, W: [parcel.Words]uint64{77, fileKnown, n + 1, 0}, Data: c.b})
		}
	}
	room := func() {
		f := l.asked[0]
		l.asked = l.asked[1:]
		f()
	}
	flood()
	b := r.backlogs[1]
	most := mostBacklog / (questionCost + len(c.b))
	if len(answers) != 0 || len(b.list) != most || b.size > mostBacklog {
		t.Fatalf("%d are answered, %d wait, of %d bytes", len(answers), len(b.list), b.size)
	}
	if room(); len(answers) != 1 {
		t.Errorf("there is room for one answer, and %d go", len(answers))
	}
	for len(l.asked) > 0 {
		room()
	}
	if len(answers) != most || !slices.IsSorted(answers) || b.size != 0 {
		t.Errorf("%d are answered, %d bytes are left", len(answers), b.size)
	}
	answers = nil
	flood()
	if w.s.Lost(1); r.backlogs[1] != nil {
		t.Error("what a dead core has asked is kept")
	}
	for len(l.asked) > 0 {
		room()
	}
	if len(answers) != 0 {
		t.Errorf("a dead core is answered %d times", len(answers))
	}
	var others []*coroutine.Coroutine
	for range coroutine.Most {
		o, err := w.s.coroutines.Answer(func() { w.s.coroutines.Wait(func(func()) {}) }, func() {})
		if err != nil {
			t.Fatal(err)
		}
		others = append(others, o)
	}
	for range 20 { // there is room, and no coroutine
		flood()
		for len(l.asked) > 0 {
			room()
		}
	}
	if len(answers) != 0 {
		t.Errorf("%d are answered, though nobody can", len(answers))
	}
	for _, o := range others {
		o.End()
	}
	w.start(func(*thread) bool { return false })
	if b := r.backlogs[1]; len(answers) != most || b.size != 0 {
		t.Errorf("later %d are answered; %d bytes are left", len(answers), b.size)
	}
}
