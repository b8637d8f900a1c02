package linux

import (
	"fmt"
	"syscall"
	"testing"

	"atoll/monitor/parcel"
	"atoll/user/pipe"
	"atoll/user/synth"
	"atoll/user/tty"
	"atoll/user/vfs"
)

// The core is chosen that has least to do, if that is less than here. Sabotages: in LeastLoaded, compare with less or equal; look at cores that
// may not be; begin with the first core; have no margin.
func TestLeastLoaded(t *testing.T) {
	const none = FullLoad
	for name, c := range map[string]struct {
		here, last int
		may        uint64
		of         []uint64
		want       int
	}{
		"all idle":               {0, 0, 0b1111, []uint64{0, 0, 0, 0}, 0},
		"all busy alike":         {1, 0, 0b1111, []uint64{3, 3, 3, 3}, 1},
		"another is idle":        {0, 0, 0b0011, []uint64{1, 0}, 1},
		"the least of two":       {0, 0, 0b0111, []uint64{5, 3, 2}, 2},
		"the next behind":        {0, 1, 0b1111, []uint64{1, 0, 0, 0}, 2},
		"and around":             {2, 3, 0b1111, []uint64{0, 0, 1, 0}, 0},
		"less elsewhere, barred": {0, 0, 0b0101, []uint64{2, 0, 1}, 2},
		"nobody else":            {2, 2, 0b0100, []uint64{0, 0, 9}, 2},
		"more elsewhere":         {0, 0, 0b0111, []uint64{1, 2, 1}, 0},
		"what cannot be":         {0, 0, 0b0111, []uint64{1 << 40, none, 1 << 63}, 0},
		"of 64":                  {63, 63, 1<<63 | 1<<40, append(make([]uint64, 63), 1), 40},
	} {
		l := &Loads{Here: c.here, Last: c.last, May: c.may}
		copy(l.Of[:], c.of)
		if got := LeastLoaded(l); got != c.want {
			t.Errorf("%s: core %d, want %d", name, got, c.want)
		}
	}
}

// ofCore takes what one core says to whoever knows all that runs on another.
type ofCore func(from, to int, p *parcel.Parcel)

// placed is a world in which cores say what they have to do.
type placed struct {
	*world
	t      *testing.T
	s      script
	says   func(core int) (load uint64, answers bool)
	asked  []int // in their order
	spared []int
	silent int // of those that were asked
	slow   int // turns of the loop that an answer takes
}

func newPlaced(t *testing.T, cores int, says func(core int) (uint64, bool)) *placed {
	w := &placed{world: newRealmWorld(t, cores), t: t, s: script{}, says: says}
	w.core = func(from, to int, p *parcel.Parcel) {
		if SparesLoad(p) {
			w.spared = append(w.spared, to)
			return
		}
		w.asked = append(w.asked, to)
		load, answers := w.says(to)
		if !answers {
			w.silent++
			return
		}
		a := TellLoad(p, load)
		tell := func() { w.system(from).Take(to, &a) }
		for range w.slow * to {
			then := tell
			tell = func() { w.loop.Do(then) }
		}
		tell()
	}
	return w
}

func all(load uint64) func(int) (uint64, bool) { return func(int) (uint64, bool) { return load, true } }

// runs is a step of the program that is placed: it says where it is, and ends.
func (w *placed) runs(cores ...int) func(*thread) bool {
	return func(th *thread) bool {
		if here := th.p.sys.core(); th.PC != 0x1_0078 || here != cores[0] {
			w.t.Errorf("process %d is at %#x of core %d, want %v", th.p.id, th.PC, here, cores)
		}
		return th.set(nrExitGroup, 5)
	}
}

// busy has the first process fork, and want the hart until the child, or several, have ended.
func (w *placed) busy(children int) {
	var steps []func(*thread) bool
	for range children {
		steps = append(steps, do(nrClone, forkFlags))
	}
	left := children
	var turn func(*thread) bool
	turn = func(th *thread) bool {
		for id, p := range w.world.s.processes {
			if p.dead {
				left--
				w.statusIs0(id, p)
				p.bury()
			}
		}
		if left == 0 {
			return th.set(nrExitGroup, 0)
		}
		w.s[1] = append(w.s[1], turn)
		return th.set(nrYield)
	}
	w.s[1] = append(steps, turn)
}

func (w *placed) statusIs0(id uint64, p *Process) {
	if p.status != exited(5) {
		w.t.Errorf("process %d has ended with %#x", id, p.status)
	}
}

// run runs the world, in which nothing is left in the end.
func (w *placed) run() {
	w.t.Helper()
	w.start(w.s.next)
	w.finish(w.t, w.s, 0)
	w.clean()
}

// clean checks that nothing is left of who has asked.
func (w *placed) clean() {
	w.t.Helper()
	x := &w.world.s.realm.surveys
	if w.moves+len(w.spared)+w.silent != len(w.asked) && len(w.down) == 0 && len(w.asked) > 0 {
		w.t.Errorf("%v are asked, %d are silent, %v spared, and there are %d moves", w.asked, w.silent, w.spared, w.moves)
	}
	if x.now != nil || len(x.queue) > 0 || x.chosen != [mostCores]uint64{} || len(w.world.s.realm.exports) != 0 {
		w.t.Errorf("there are left: %+v, %d exports", x, len(w.world.s.realm.exports))
	}
}

var execs = do(nrExecve, atPath, atArgv, 0)

// A program goes to a core with less to do, and its affinity is what it was; the others need keep no place. If nobody else wants the hart it stays,
// and nobody is asked. Sabotages: in places, do not ask whether anybody is busy; in choose, spare nobody; in takeSeat, set the affinity.
func TestPlaced(t *testing.T) {
	w := newPlaced(t, 3, all(0))
	w.busy(1)
	const nrGetaffinity = 123
	w.s[2] = []func(*thread) bool{execs, there(t, 1, func(th *thread) bool { return th.set(nrGetaffinity, 0, 8, th.X[regSP]-8) }),
		see(t, "sched_getaffinity", 8, func(th *thread) bool {
			if set, _ := th.p.load64(th.X[regSP] - 8); set != 0b111 {
				t.Errorf("its affinity is %#b", set)
			}
			return th.set(nrExitGroup, 5)
		})}
	w.run()
	if fmt.Sprint(w.asked, w.spared) != "[1 2] [2]" {
		t.Errorf("asked %v, spared %v", w.asked, w.spared)
	}
	w = newPlaced(t, 3, all(0))
	w.s[1] = []func(*thread) bool{do(nrClone, forkFlags), do(nrWait4, 2, atStatus, 0, 0), do(nrExitGroup, 0)}
	w.s[2] = []func(*thread) bool{execs, w.runs(0)}
	w.run()
	if len(w.asked) > 0 {
		t.Errorf("an idle core asks %v", w.asked)
	}
	for flags, want := range map[uint64]int{vforkFlags: 0, forkFlags: 1} { // the parent has another thread, which wants the hart
		w = newPlaced(t, 3, all(0))
		w.s[1] = []func(*thread) bool{do(nrClone, threadFlags), do(nrClone, flags), do(nrWait4, 3, atStatus, 0, 0), do(nrExitGroup, 0)}
		w.s[3] = []func(*thread) bool{execs, w.runs(want)}
		w.start(func(th *thread) bool {
			if th.id == 2 {
				return th.set(nrYield)
			}
			return w.s.next(th)
		})
	}
	w = newPlaced(t, 3, all(0))
	w.busy(1)
	w.s[2] = []func(*thread) bool{to(2), execs, w.runs(2)}
	w.run()
	if len(w.asked) > 0 {
		t.Errorf("for one that may run on core 2 only %v are asked", w.asked)
	}
}

// Whatever cores say, who has least of those that say what can be is chosen; a placement that chooses what is none is as if it chose
// to stay. Sabotages: in loaded, believe all; in choose, do not look at what the placement says.
func TestPlacedLies(t *testing.T) {
	for says, want := range map[[2]uint64]int{
		{1 << 63, FullLoad}: 0, {FullLoad, FullLoad}: 0, {1 << 63, 0}: 2, {FullLoad, 0}: 2, {0, 1<<64 - 5}: 1,
	} {
		w := newPlaced(t, 3, func(core int) (uint64, bool) { return says[core-1], true })
		chosen := &w.world.s.realm.surveys.chosen
		if says[0] == FullLoad {
			chosen[1] = 1 // one that is to go there
		}
		w.busy(1)
		w.s[2] = []func(*thread) bool{execs, func(th *thread) bool { chosen[1] = 0; return w.runs(want)(th) }}
		w.run()
	}
	for _, lie := range []int{-1, 64, 7, 2} {
		w := newPlaced(t, 3, func(core int) (uint64, bool) { return 0, core == 1 })
		w.down[2] = true
		w.world.s.realm.place = func(*Loads) int { return lie }
		w.busy(1)
		w.s[2] = []func(*thread) bool{func(th *thread) bool {
			w.loop.Do(func() { w.loop.Do(func() { w.world.s.Lost(2) }) })
			return execs(th)
		}, w.runs(0)}
		w.run()
	}
	w := newPlaced(t, 2, all(0))
	for range 3 { // what nobody has asked for
		a := TellLoad(&parcel.Parcel{}, 7)
		w.world.s.Take(1, &a)
	}
	if w.busy(1); len(w.spared) > 0 {
		t.Error("who was not asked is told something")
	}
	w.s[2] = []func(*thread) bool{execs, w.runs(1)}
	w.run()
}

// A core that does not answer in time is not chosen, and not asked again before it has answered; one that dies meanwhile is waited for no
// longer. Sabotages: in ask, have no bound, or ask who owes; in silent, do not go on; in loaded, take what comes late.
func TestPlacedSlow(t *testing.T) {
	const bound = patience / 100 // ticks
	w := newPlaced(t, 3, func(core int) (uint64, bool) { return 0, core == 2 })
	late := func(*thread) bool { panic("not yet") }
	pass := func(th *thread) bool { w.now += bound / 2; return th.set(nrYield) }
	w.busy(2)
	turns := w.s[1]
	w.s[1] = []func(*thread) bool{turns[0], pass, pass, pass, pass, pass, pass, turns[1], turns[2]}
	w.s[2] = []func(*thread) bool{execs, w.runs(2)}
	w.s[3] = []func(*thread) bool{execs, late}
	w.s[3][1] = func(th *thread) bool {
		a := TellLoad(&parcel.Parcel{}, 0)
		w.world.s.Take(1, &a)
		w.silent--
		return w.runs(2)(th)
	}
	w.run()
	if x := &w.world.s.realm.surveys; fmt.Sprint(w.asked) != "[1 2 2]" || x.owing != 0 || fmt.Sprint(w.spared) != "[1]" {
		t.Errorf("asked %v, spared %v, owing %b", w.asked, w.spared, x.owing)
	}

	w = newPlaced(t, 3, func(core int) (uint64, bool) {
		if core == 1 {
			w.down[1] = true
			w.loop.Do(func() { w.world.s.Lost(1) })
		}
		return 0, core == 2
	})
	w.busy(1)
	w.s[2] = []func(*thread) bool{execs, w.runs(2)}
	w.run()
	if w.now > bound {
		t.Errorf("a dead core is waited for until %d", w.now)
	}
}

// A process runs here that was to go elsewhere, for that core has no room, or has not the program, or is dead before it says that the process
// has come; or because others have as many files of this core as there may be. Nothing of it is left there. Sabotages: in moved, and in part, do not have it stay; in
// stay, keep the record; in begin, do not find the program.
func TestPlacedInVain(t *testing.T) {
	for name, spoil := range map[string]func(w *placed){
		"no room": func(w *placed) { w.others[0].mostTasks = 0 },
		"no program": func(w *placed) {
			c := vfs.NewContext(w.others[0].files)
			c.Unlink(c.Root, "/bin/child")
		},
		"too many files": func(w *placed) {
			f, _ := w.p.files.Get(1)
			for len(w.world.s.realm.exports) < mostExports {
				w.world.s.realm.exportFile(1, 99, 99, f)
			}
		},
		"dead": func(w *placed) {
			w.says = func(int) (uint64, bool) {
				w.loop.Do(func() { w.down[1] = true })
				return 0, true
			}
		},
	} {
		w := newPlaced(t, 2, all(0))
		w.busy(1)
		turns := 0
		w.s[2] = []func(*thread) bool{func(th *thread) bool {
			spoil(w)
			return execs(th)
		}, func(th *thread) bool {
			if n := len(w.others[0].processes); n != 0 || len(w.others[0].realm.imports) != 0 {
				t.Errorf("%s: %d processes, %d files are left", name, n, len(w.others[0].realm.imports))
			}
			w.world.s.realm.dropExports(99)
			return w.runs(0)(th)
		}}
		w.start(func(th *thread) bool {
			if turns++; name == "dead" && turns == 40 {
				if w.p.sys.processes[2].leaving == nil {
					t.Error("it is not on its way")
				}
				w.world.s.Lost(1)
			}
			return w.s.next(th)
		})
		w.finish(t, w.s, 0)
		w.clean()
		if len(w.asked) != 1 {
			t.Errorf("%s: asked %v", name, w.asked)
		}
	}
}

// Many who execute programs at the same time do not all go to the same core. Sabotages: in choose, do not count who is to go there; in ask, do not wait for who asks
// already.
func TestPlacedMany(t *testing.T) {
	const cores = 4
	var w *placed
	w = newPlaced(t, cores, func(core int) (uint64, bool) { // as one does that counts what has come, and what comes
		far := w.others[core-1]
		n := far.Arriving()
		for _, p := range far.processes {
			if !p.dead {
				n++
			}
		}
		return uint64(n), true
	})
	w.slow = 7
	there := uint64(0)
	w.world.s.realm.place = func(l *Loads) int {
		if sum := l.Of[1] + l.Of[2] + l.Of[3]; sum != there {
			t.Errorf("when %d have been placed the cores have %v", there, l.Of[:cores])
		}
		there++
		return LeastLoaded(l)
	}
	const list = scratch + 0x3000
	for i := range uint64(100) { // who has many arguments is not sent at once
		w.put(list+8*i, atPath)
	}
	w.busy(9)
	on := map[int]int{}
	for id := uint64(2); id <= 10; id++ {
		w.s[id] = []func(*thread) bool{do(nrYield), do(nrExecve, atPath, list, 0), func(th *thread) bool {
			on[th.p.sys.core()]++
			var stay func(th *thread) bool
			stay = func(th *thread) bool {
				if there < 9 {
					w.s[id] = append(w.s[id], stay)
					return th.set(nrYield)
				}
				return th.set(nrExitGroup, 5)
			}
			return stay(th)
		}}
	}
	w.run()
	if fmt.Sprint(on) != "map[1:3 2:3 3:3]" { // and the first on core 0
		t.Errorf("they run on %v", on)
	}
	if w.now > patience/100 {
		t.Errorf("somebody has waited until %d", w.now)
	}
}

// Who is killed while cores are asked, or before he is sent, leaves nothing, and the next asks. Sabotages: in ask, tell nobody in the queue; in drop, keep the
// core that was chosen.
func TestPlacedKilled(t *testing.T) {
	const list = scratch + 0x3000
	for after := 1; after < 30; after++ { // turns of the loop
		w := newPlaced(t, 3, all(0))
		w.slow = after % 4
		for i := range uint64(100) { // who has many arguments is not sent at once
			w.put(list+8*i, atPath)
		}
		kill := func() { w.world.s.processes[2].signal(siginfo{sig: sigKILL}) }
		for range after {
			then := kill
			kill = func() { w.loop.Do(then) }
		}
		ended := false
		w.s[1] = []func(*thread) bool{do(nrClone, forkFlags)}
		for range 60 {
			w.s[1] = append(w.s[1], do(nrYield))
		}
		w.s[1] = append(w.s[1], do(nrClone, forkFlags))
		for range 200 {
			w.s[1] = append(w.s[1], do(nrYield))
		}
		w.s[1] = append(w.s[1], do(nrWait4, 3, atStatus, 0, 0), see(t, "wait4", 3, do(nrExitGroup, 0)))
		w.s[2] = []func(*thread) bool{func(th *thread) bool { kill(); return th.set(nrExecve, atPath, list, 0) }}
		w.s[3] = []func(*thread) bool{execs, func(th *thread) bool {
			ended = true
			if th.p.sys.core() == 0 && !w.world.s.processes[2].ghost() {
				t.Errorf("killed after %d turns: the next stays", after)
			}
			return th.set(nrExitGroup, 5)
		}}
		w.start(func(th *thread) bool {
			if len(w.s[th.id]) == 0 {
				return th.set(nrYield)
			}
			return w.s.next(th)
		})
		if w.clean(); !ended || t.Failed() {
			t.Fatalf("killed after %d turns; the next runs: %v", after, ended)
		}
	}
}

// What would not be the same elsewhere stays. Sabotages: any line of rooted, or of sameAfar.
func TestRooted(t *testing.T) {
	open := func(path string, flags int) func(p *Process) {
		return func(p *Process) {
			f, err := p.fs.Open(p.fs.Root, path, flags, 0o644)
			if err != nil {
				t.Fatal(err)
			}
			p.files.Put(f, 1, false)
		}
	}
	put := func(s vfs.Stream) func(p *Process) {
		return func(p *Process) { p.files.Put(vfs.NewFile(s, syscall.O_RDWR, "it"), 0, false) }
	}
	for name, c := range map[string]struct {
		set  func(p *Process)
		want bool
	}{
		"a child":          {func(p *Process) {}, false},
		"a pipe":           {func(p *Process) { r, _ := pipe.New(new(pipe.Pool)); put(r)(p) }, false},
		"a terminal":       {put(tty.New(24, 80)), false},
		"nothing":          {put(synth.Null{}), false},
		"output to a file": {open("/f", syscall.O_CREAT|syscall.O_WRONLY), false},
		"what it closes":   {func(p *Process) { open("/f", syscall.O_RDONLY)(p); p.files.SetCloseOnExec(1, true) }, false},
		"output to a disk": {func(p *Process) {
			open("/f", syscall.O_WRONLY)(p)
			f, _ := p.files.Get(1)
			f.Content = struct{ vfs.Data }{f.Content.(vfs.Data)}
		}, true},
		"a file":                    {open("/f", syscall.O_RDWR), true},
		"a file beside its outputs": {func(p *Process) { open("/f", syscall.O_WRONLY)(p); f, _ := p.files.Get(1); p.files.Put(f, 3, false) }, true},
		"a directory":               {open("/", syscall.O_RDONLY), true},
		"a counter":                 {put(pipe.NewCounter(0, false)), true},
		"a file of another core":    {func(p *Process) { put(&farFile{r: p.sys.realm})(p) }, true},
		"a lock": {func(p *Process) {
			open("/f", syscall.O_WRONLY)(p)
			f, _ := p.files.Get(1)
			l, _ := f.Lockable(vfs.WholeFiles, true)
			l.Set(vfs.WholeFiles, vfs.Lock{Range: vfs.Whole, Owner: f, NS: p.fs.NS})
		}, true},
		"a removed directory": {func(p *Process) {
			p.fs.Mkdir(p.fs.Root, "/d", 0o755)
			n, _ := p.fs.Find(p.fs.Root, "/d", true)
			p.fs.Cwd = n.(vfs.Directory)
			p.fs.Rmdir(p.fs.Root, "/d")
		}, true},
		"the first":               {func(p *Process) { p.parent = nil }, true},
		"one from elsewhere":      {func(p *Process) { p.parent = &Process{sys: p.sys, id: 9, seat: 1} }, true},
		"who leads a session":     {func(p *Process) { p.session = p.id }, true},
		"the foreground":          {func(p *Process) { p.sys.terminal = tty.New(1, 1); p.sys.terminal.Group = int(p.group) }, true},
		"two threads":             {func(p *Process) { p.newThread(77) }, true},
		"a parent":                {func(p *Process) { p.sys.newProcess(p) }, false},
		"a timer":                 {func(p *Process) { p.itimer().at = 1 }, true},
		"a timer that is off":     {func(p *Process) { p.itimer() }, false},
		"a run that is traced":    {func(p *Process) { p.sys.trace = func([]byte) {} }, true},
		"threads that are placed": {func(p *Process) { p.sys.span = &spanning{spread: 3} }, true},
	} {
		w := newRealmWorld(t, 2)
		f, _ := w.p.fs.Open(w.p.fs.Root, "/f", syscall.O_CREAT, 0o644)
		f.Hold()
		p := w.s.newProcess(w.p)
		p.memory = w.p.memory
		p.newThread(p.id)
		if c.set(p); p.rooted() != c.want {
			t.Errorf("%s: it stays: %v", name, !c.want)
		}
	}
}
