package linux

import (
	"atoll/monitor/stream"
	"sync/atomic"
	"syscall"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
	"atoll/kernel/dispatch"
	"atoll/kernel/vspace"
	"atoll/user/farfs"
	"atoll/user/memfs"
	"atoll/user/tty"
	"atoll/user/vfs"
)

// machine is a machine's memory for tests, which counts how often it is looked at or changed: bytes
// that are copied, pages that are cleared, and entries of tables.
type machine struct {
	*memtest.Memory
	work *int
}

func (m machine) SetEntry(table, index, entry uint64) {
	*m.work++
	m.Memory.SetEntry(table, index, entry)
}
func (m machine) Clear(base, size uint64) {
	*m.work++
	m.Memory.Clear(base, size)
}
func (m machine) Bytes(pa, n uint64) []byte {
	*m.work++
	return m.Memory.Bytes(pa, n)
}

func (m machine) Origin() (*capability.Slot, capability.Ref) {
	return memtest.At[capability.Slot](m.Memory, memtest.Origin), memtest.Origin
}
func (machine) Reaches(base, size uint64) bool    { return true }
func (machine) Create(capability.Cap)             {}
func (machine) Destroy(capability.Cap)            {}
func (machine) Settle(capability.Cap) (more bool) { return false }
func (machine) Reclaim(capability.Cap)            {}

// world is a process without a program, and a hart on which no time passes but while it
// waits. A step of the hart is a call that the test has given the thread.
type world struct {
	t      testing.TB
	s      *System
	p      *Process // the first
	m      machine
	loop   *dispatch.Loop
	now    uint64
	next   func(t *thread) bool // sets up a thread's next trap; false: nothing more to do
	out    string
	room   int // bytes that Output takes
	status int
	off    string // what was asked for by reboot
	stop   uint32

	term    *tty.Terminal // of the process, nil: none
	console vfs.Stream    // of the machine, nil: processes may not use it

	most    int          // work in one piece: the hart was nobody else's
	idle    func() bool  // does something when nobody can run, if it can
	parcels [32]int      // that have been sent between cores, by their kinds
	redo    bool         // calls that wait are made again, without a step of the script
	others  []*System    // of other cores, in the same loop
	down    map[int]bool // cores that are dead
	core    ofCore       // takes what is for who knows all that runs on a core
	moves   int          // processes that were sent
	full    bool         // no other core has room for parcels
	asked   []func()     // that wait for that

	sets       map[[2]int]*stream.Set // between each two cores
	streamless bool                   // there are no streams

	waits  []func()           // of what waits in its middle
	script script             // of a test whose steps change it
	called map[*thread]uint64 // where each made its last call
}

func newWorld(t testing.TB) *world { return newWorldWith(t, nil) }

// newWorldWith is a world in which the process has a terminal.
func newWorldWith(t testing.TB, term *tty.Terminal) *world {
	t.Helper()
	store, m := newStore(t)
	space, err := vspace.New(store)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, term: term, called: map[*thread]uint64{}, m: m, now: 1, status: -1, room: 1 << 30}
	w.loop = dispatch.New(w, dispatch.NewScheduler(1000))
	w.s = newSystem(w, store)
	w.p = w.s.newProcess(nil)
	w.p.memory = w.s.newMemory(space)
	w.p.newThread(w.p.id)
	space.Set(scratch, scratchSize, layout.R|layout.W)
	return w
}

// newStore is RAM for processes, on a machine of its own.
func newStore(t testing.TB) (*vspace.Store, machine) {
	t.Helper()
	const pages = 512
	m := machine{memtest.New(pages), new(int)}
	db := capability.New(m, m, 99)
	slot := func(i uint64) capability.Ref { return capability.Ref(memtest.Base + i*capability.SlotSize) }
	db.Plant(slot(1), capability.Cap{Type: capability.CNode, Rights: capability.AllRights, Base: memtest.Base, Size: layout.PageSize})
	db.Plant(slot(2), capability.Cap{Type: capability.RAM, Rights: capability.AllRights, Base: memtest.Base + layout.PageSize, Size: (pages - 1) * layout.PageSize})
	store, err := vspace.NewStore(db, m, slot(2), slot(1), 3)
	if err != nil {
		t.Fatal(err)
	}
	return store, m
}

// scratch is memory of the process for the tests' arguments.
const (
	scratch     = 0x40_0000
	scratchSize = 8 * layout.PageSize
)

func (w *world) Output(fd int, b []byte) int {
	n := min(len(b), w.room)
	w.room -= n
	w.out += string(b[:n])
	return n
}
func (w *world) Files() *vfs.Namespace {
	return vfs.NewNamespace(vfs.Mount{Type: "tmpfs", Root: memfs.New(1, 1<<20, func() int64 { return 1e18 }).Root()})
}
func (w *world) Terminal() *tty.Terminal { return w.term }
func (w *world) Random(b []byte)         { clear(b) }
func (w *world) Console() (vfs.Stream, error) {
	if w.console == nil {
		return nil, syscall.EACCES
	}
	return w.console, nil
}
func (w *world) Ticks(ns uint64) uint64  { return ns / 100 }
func (w *world) Clock() (uint64, uint64) { return 1e18, w.now * 100 }
func (w *world) Off(restart bool)        { w.off = map[bool]string{true: "restart", false: "off"}[restart] }
func (w *world) Volume(string, string, uint64) (*farfs.FS, error) {
	return nil, syscall.ENODEV
}
func (w *world) Exit(status int) { w.status = status; w.loop.Stop() }
func (w *world) GiveWay()        {}
func (w *world) Leave(uint64)    {}
func (w *world) Kick()           {}
func (w *world) Now() uint64 {
	w.most = max(w.most, *w.m.work)
	*w.m.work = 0
	return w.now
}
func (w *world) Wait(until uint64) {
	if until == dispatch.Forever {
		if atomic.LoadUint32(&w.stop) == 0 && (w.idle == nil || !w.idle()) {
			w.loop.Stop() // nobody will ever wake
		}
		return
	}
	w.now = max(w.now, until)
}

func (w *world) Run(u *shim.User, until uint64, serve func() *shim.User) {
	for ; u != nil; u = serve() {
		w.once(u)
	}
}

func (w *world) Stop() *uint32 { return &w.stop }

func (w *world) once(u *shim.User) {
	for _, s := range append(w.others, w.s) {
		for _, p := range s.processes {
			for _, t := range p.threads {
				if &t.User == u {
					w.step(t)
					return
				}
			}
		}
	}
	w.t.Fatal("a thread runs that the process does not have")
}

// step makes a thread's next trap: the same call again if that is where it goes on, which
// the scripts of some tests leave out.
func (w *world) step(t *thread) {
	w.now++
	w.Now()
	at := w.called[t]
	if w.called[t] = t.PC; w.redo && at != 0 && at == t.PC {
		t.Cause = shim.CauseUserCall
		return
	}
	if w.called[t] = t.PC; !w.next(t) {
		w.loop.Stop()
		t.Cause = shim.CauseInterrupt
	}
	if t.Cause != shim.CauseUserCall {
		delete(w.called, t)
	}
}

// start runs the process with these traps.
func (w *world) start(next func(t *thread) bool) {
	w.next = next
	w.s.Begin(w.loop, new(dispatch.Group))
	w.loop.Run()
}

// call makes a thread's next trap a system call.
func (t *thread) set(number uint64, a ...uint64) bool {
	t.Cause = shim.CauseUserCall
	t.X[regA7] = number
	copy(t.X[regA0:regA0+6], append(a, 0, 0, 0, 0, 0, 0))
	return true
}

// put writes words to the process's memory.
func (w *world) put(at uint64, words ...uint64) {
	for i, v := range words {
		if !w.p.store64(at+8*uint64(i), v) {
			w.t.Fatalf("%#x cannot be written", at)
		}
	}
}

// Numbers of calls that the tests make.
const (
	nrExit, nrFutex, nrNanosleep, nrClone = 93, 98, 101, 220
	nrWrite, nrMmap, nrMprotect           = 64, 222, 226
	nrTgkill, nrSigaction, nrSigreturn    = 131, 134, 139
	nrProcmask, nrYield, nrExitGroup      = 135, 124, 94
	threadFlags                           = cloneThread | cloneVM
)
