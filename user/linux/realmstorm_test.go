package linux

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"syscall"
	"testing"

	"atoll/arch/layout"
	"atoll/kernel/dispatch"
	"atoll/kernel/vspace"
	"atoll/monitor/parcel"
	"atoll/monitor/stream"
	"atoll/user/vfs"
)

// storm is a realm whose processes do what comes into their heads, while parcels are on their way for as long as it pleases and cores
// die and live again.
type storm struct {
	*world
	t     *testing.T
	rand  *rand.Rand
	cores []*stormCore
	steps int // that are left before all come to rest
	round int
	rest  bool
	ends  int  // in the last round, when so many steps are left, all are killed
	over  bool // all but the first are to be gone
	moves int  // that processes have made
	parks map[*thread]bool
	goes  map[*thread]bool // who has said where he is to run, and executes a program next

	sets map[[2]stormLife]*stream.Set
}

// stormCore is a core of it.
type stormCore struct {
	life  int
	used  uint64      // pages of its RAM before anybody has come
	lines [][]onWay   // to each other core
	ended map[int]int // by other core, the deaths of which it is not told yet
}

// onWay is something on its way to a core.
type onWay struct {
	take  func()
	death bool // it is the word that who has sent the rest is dead
}

// stormLink carries the parcels of one life of a core, each line in its order, as package monitor does.
type stormLink struct {
	s          *storm
	here, life int
}

func (l stormLink) Room(_ int, f func()) { f() }

// Stream begins a stream, now and then.
func (l stormLink) Stream(to int) *stream.Writer {
	s := l.s
	if s.down[l.here] || s.down[to] || s.cores[l.here].life != l.life || s.cores[l.here].ended[to] > 0 || s.rand.IntN(4) == 0 {
		return nil
	}
	return s.streams(s.lifeOf(l.here), s.lifeOf(to)).Writer()
}

// stormLife is a life of a core.
type stormLife struct{ core, life int }

func (s *storm) lifeOf(core int) stormLife { return stormLife{core, s.cores[core].life} }

// streams returns the streams of a life of a core to one of another.
func (s *storm) streams(here, to stormLife) *stream.Set {
	pair := [2]stormLife{here, to}
	if s.sets[pair] == nil {
		a, b := make([]byte, stream.Memory), make([]byte, stream.Memory)
		s.sets[pair], s.sets[[2]stormLife{to, here}] = stream.New(a, b), stream.New(b, a)
	}
	return s.sets[pair]
}

func (l stormLink) Alive() (set uint64) {
	for core := range l.s.cores {
		if !l.s.down[core] {
			set |= 1 << core
		}
	}
	return set
}

func (l stormLink) Send(to int, p parcel.Parcel) {
	s, c := l.s, l.s.cores[l.here]
	if s.down[l.here] || c.life != l.life {
		return
	}
	var name stream.Name
	out := p.Out
	if out != nil {
		name, p.Out = out.Name(), nil
	}
	from := s.lifeOf(l.here)
	take := func() {
		if out != nil {
			if p.In = s.streams(s.lifeOf(to), from).Reader(name); p.In == nil {
				s.t.Errorf("core %d names a stream that cannot be", l.here)
			}
		}
		defer func() { p.In.Close() }()
		switch {
		case AsksLoad(&p):
			stormLink{s, to, s.cores[to].life}.Send(l.here, TellLoad(&p, uint64(s.system(to).Arriving()+len(s.system(to).processes))))
		case !SparesLoad(&p):
			s.system(to).Take(l.here, &p)
		}
	}
	switch {
	case c.ended[to] > 0: // it goes where that one is
	case s.down[to]:
		s.loses(l.here, to)
	default:
		c.lines[to] = append(c.lines[to], onWay{take: take})
	}
}

// loses has a core learn, behind all that has come from there, that another is dead.
func (s *storm) loses(core, dead int) {
	c, d := s.cores[core], s.cores[dead]
	c.lines[dead] = nil
	c.ended[dead]++
	lives := [2]stormLife{s.lifeOf(core), s.lifeOf(dead)}
	d.lines[core] = append(d.lines[core], onWay{death: true, take: func() {
		s.system(core).Lost(dead)
		if set := s.sets[lives]; set != nil {
			if n := set.Open(); n > 0 {
				s.t.Errorf("%d streams of core %d are open that is dead", n, dead)
			}
			set.Close()
			delete(s.sets, lives)
		}
		c.ended[dead]--
	}})
}

// line chooses one on which something is on its way.
func (s *storm) line() (from, to int, any bool) {
	n := 0
	for a, c := range s.cores {
		for b, line := range c.lines {
			if len(line) > 0 && !s.down[b] {
				if n++; s.rand.IntN(n) == 0 {
					from, to = a, b
				}
			}
		}
	}
	return from, to, n > 0
}

// pump has something come, if there is anything on its way. For the loop.
func (s *storm) pump() {
	if from, to, any := s.line(); any {
		lines := s.cores[from].lines
		first := lines[to][0]
		lines[to] = lines[to][1:]
		first.take()
	}
}

// die ends a core: of what it has sent the others get some.
func (s *storm) die(core int) {
	s.down[core] = true
	c := s.cores[core]
	for other, o := range s.cores {
		if o.lines[core] = nil; s.down[other] {
			c.lines[other] = nil
			continue
		}
		came := s.rand.IntN(len(c.lines[other]) + 1)
		for _, x := range c.lines[other][came:] {
			if x.death {
				o.ended[core]--
			}
		}
		c.lines[other] = c.lines[other][:came]
		s.loses(other, core)
	}
	s.system(core).Kill()
}

// stormEnv is what the processes of a life of a core have around them.
type stormEnv struct {
	farEnv
	life int
}

func (e *stormEnv) Random(b []byte) { b[1] = byte(e.life) }

// live begins a life of a core, in which it asks the home for something, as for its files.
func (s *storm) live(core int) {
	e := &stormEnv{farEnv{world: s.world, ns: s.Files()}, s.cores[core].life}
	store, _ := newStore(s.t)
	sys := newSystem(e, store)
	installIn(s.t, vfs.NewContext(sys.files), map[string]string{"/bin/child": program(0x1_0078, "text")})
	c := s.cores[core]
	c.life++
	c.ended = map[int]int{}
	s.others[core-1], s.down[core] = sys, false
	sys.SetRealm(stormLink{s, core, c.life}, 77, core, 0, LeastLoaded)
	sys.Begin(s.loop, new(dispatch.Group))
	c.used = warm(s.t, store)
	sys.realm.send(0, parcelFile, fileStat, 0, 0, nil)
}

// warm uses up RAM once, so that it has all the tables of slots that it ever needs, and returns how many pages of it are used then.
func warm(t *testing.T, store *vspace.Store) (used uint64) {
	t.Helper()
	space, err := vspace.New(store)
	if err != nil {
		t.Fatal(err)
	}
	_, pages := store.Pages()
	space.Set(layout.PageSize, pages*layout.PageSize, layout.R|layout.W)
	for va := uint64(layout.PageSize); err == nil; va += layout.PageSize {
		err = space.Fault(va, layout.W)
	}
	for space.End(spaceStep) {
	}
	used, _ = store.Pages()
	return used
}

// newStorm is one of some cores.
func newStorm(t *testing.T, seed uint64, cores int) *storm {
	w := newWorld(t)
	w.redo, w.down = true, map[int]bool{}
	s := &storm{world: w, t: t, rand: rand.New(rand.NewPCG(seed, 0)), parks: map[*thread]bool{}, goes: map[*thread]bool{}, sets: map[[2]stormLife]*stream.Set{}}
	w.install(map[string]string{"/bin/child": program(0x1_0078, "text")})
	for range cores {
		s.cores = append(s.cores, &stormCore{lines: make([][]onWay, cores), ended: map[int]int{}})
	}
	w.others = make([]*System, cores-1)
	w.s.SetRealm(stormLink{s, 0, 0}, 77, 0, 0, LeastLoaded)
	for core := 1; core < cores; core++ {
		s.live(core)
	}
	w.p.threads[initID].PC = 0x1000
	w.p.actions[sigHUP].handler = handlerIgnore // its group is hung up when nobody minds it
	w.p.store64(scratch, 0)
	s.cores[0].used = warm(t, w.s.store)
	w.idle = s.idle
	return s
}

// Where a process has its arguments: above that a program that was executed has its stack.
func (th *thread) arguments() uint64 {
	if th.p.name == "child" {
		return th.X[regSP]&^7 - 512
	}
	return scratch
}

// act has a thread do something, and sometimes a parcel come, or a core die or live again.
func (s *storm) act(th *thread) bool {
	if s.steps > 0 {
		s.steps--
		s.weather()
	}
	if s.round == stormRounds && s.steps == s.ends && !s.over {
		s.killAll()
	}
	at := th.arguments()
	if _, err := th.p.write(at, make([]byte, 64)); err != nil {
		return th.set(nrExitGroup, 1)
	}
	switch first := th.p == s.p; {
	case s.over && first && th.X[regA0] != errno(syscall.ECHILD).result():
		return th.set(nrWait4, ^uint64(0), 0, 0, 0)
	case s.steps == 0:
		s.parks[th] = true
		return th.set(nrSigsuspend, at, 8)
	case s.goes[th]:
		delete(s.goes, th)
		th.p.write(at, []byte("/bin/child\x00"))
		th.p.store64(at+16, at)
		return th.set(nrExecve, at, at+16, 0)
	case first:
		return s.first(th, at)
	}
	const nrLseek = 62
	fd, any := uint64(3+s.rand.IntN(8)), ^uint64(0)
	switch n := s.rand.IntN(100); {
	case n < 12:
		return th.set(nrClone, forkFlags)
	case n < 40:
		core := s.rand.IntN(len(s.cores))
		th.p.store64(at, 1<<core)
		s.goes[th] = true
		s.moves++
		return th.set(nrSetaffinity, 0, 8, at)
	case n < 44:
		return th.set(nrPipe2, at, 0)
	case n < 56:
		return th.set(nrWrite, fd, at, 1+s.rand.Uint64N(600))
	case n < 66:
		return th.set(nrRead, fd, at, 64)
	case n < 76:
		return th.set(nrClose, fd)
	case n < 78:
		return th.set(nrLseek, fd, 0, 1)
	case n < 84:
		return th.set(nrKill, s.somebody(), s.signal())
	case n < 85:
		return th.set(nrKill, -s.somebody(), s.signal())
	case n < 90:
		return th.set(nrWait4, any, 0, waitNoHang, 0)
	case n < 93:
		return th.set(nrWait4, any, 0, 0, 0)
	case n < 96:
		return th.set(nrSetpgid, 0, 0)
	}
	return th.set(nrExitGroup, s.rand.Uint64N(4))
}

// first is what the first process does: nothing that it may wait for.
func (s *storm) first(th *thread, at uint64) bool {
	switch n := s.rand.IntN(10); {
	case n < 4:
		return th.set(nrClone, forkFlags)
	case n < 6:
		return th.set(nrPipe2, at, 0)
	case n < 8:
		return th.set(nrClose, uint64(3+s.rand.IntN(8)))
	}
	return th.set(nrWait4, ^uint64(0), 0, waitNoHang, 0)
}

// somebody is the number of a process of some core, but not of the first.
func (s *storm) somebody() uint64 {
	sys := s.system(s.rand.IntN(len(s.cores)))
	least, n := uint64(2), s.rand.IntN(1+len(sys.processes))
	for id := range sys.firstID + 40 {
		if id += sys.firstID; sys.processes[id] != nil && id != initID {
			if least = id; n == 0 {
				break
			}
			n--
		}
	}
	return least
}

func (s *storm) signal() uint64 {
	return []uint64{sigKILL, 15, sigSTOP, sigCONT, sigCHLD, firstRT}[s.rand.IntN(6)]
}

// weather has parcels come, and cores die and live again.
func (s *storm) weather() {
	if s.rand.IntN(3) > 0 {
		s.loop.Do(s.pump)
	}
	core := 1 + s.rand.IntN(len(s.cores)-1)
	switch n := s.rand.IntN(1200); {
	case n == 0 && !s.down[core]:
		s.loop.Do(func() {
			if !s.down[core] {
				s.die(core)
			}
		})
	case n < 10 && s.down[core]:
		s.loop.Do(func() {
			if s.down[core] {
				s.live(core)
			}
		})
	}
}

// idle is called when nobody can run: what is on its way comes, and when there is nothing all is at rest.
func (s *storm) idle() bool {
	if _, _, any := s.line(); any {
		s.loop.Do(s.pump)
		return true
	}
	s.steps = 0
	s.check()
	if s.round++; s.t.Failed() || s.over {
		return false
	}
	s.steps = stormSteps
	if s.round == stormRounds {
		s.ends = s.rand.IntN(stormSteps)
	}
	for th := range s.parks {
		if th.asleep {
			s.loop.Do(func() { th.wake(0) })
		}
	}
	clear(s.parks)
	return true
}

// killAll ends all as the first process would, whatever they are about, when it is in no fork itself, and all know of each death
// (docs/CAVEATS.md).
func (s *storm) killAll() {
	s.over, s.steps = true, 0
	var kill func()
	kill = func() {
		if s.p.threads[initID].long.part != nil || s.untold() {
			s.pump()
			s.loop.Do(kill)
			return
		}
		i := siginfo{sig: sigKILL, from: initID}
		s.s.newTour(&i, everybody)
		s.s.signalAll(func(p *Process) bool { return p.id != initID }, i, true)
		s.s.realm.kill(s.p, -1, i)
		s.p.files.Clear()
	}
	s.loop.Do(kill)
}

// untold reports whether a core that lives has not been told of a death.
func (s *storm) untold() bool {
	for core, c := range s.cores {
		for _, n := range c.ended {
			if n > 0 && !s.down[core] {
				return true
			}
		}
	}
	return false
}

const stormRounds, stormSteps = 4, 1500

// check holds all that is to be so whenever nothing is on its way.
func (s *storm) check() {
	for core := range s.cores {
		if !s.down[core] {
			s.checkCore(core)
		}
	}
}

func (s *storm) checkCore(core int) {
	sys := s.system(core)
	r := sys.realm
	wrong := func(format string, a ...any) {
		s.t.Helper()
		s.t.Errorf("round %d, core %d: %s", s.round, core, fmt.Sprintf(format, a...))
	}
	tasks := 0
	for id, p := range sys.processes {
		if tasks += len(p.threads); p.dead || p.ghost() {
			tasks++
		}
		switch origin := p.origin(); {
		case p.dead:
		case p.ghost():
			if s.lives(id, p.seat, len(s.cores)) == nil {
				wrong("process %d is to live on core %d", id, p.seat)
			}
		case origin != nowhere:
			if s.lives(id, origin, len(s.cores)) != p {
				wrong("process %d is not found from core %d", id, origin)
			}
		}
		if p.leaving != nil {
			wrong("process %d is on its way", id)
		}
		if by := s.parent(p); by != nil && !s.someDied() { // a death on the way of a parent cuts it off from its child
			if c := by.sys.processes[id]; c == nil || c.parent != by {
				wrong("process %d, which lives here, is no child of its parent %d on core %d", id, by.id, by.seat)
			}
		}
	}
	if tasks != sys.tasks {
		wrong("%d tasks are counted, there are %d", sys.tasks, tasks)
	}
	for id, e := range r.exports {
		var f *farFile
		if !s.down[e.core] {
			f = s.system(e.core).realm.imports[farKey{core, id}]
		}
		switch {
		case f == nil && !e.closes:
			wrong("file %d is used by nobody on core %d", id, e.core)
		case len(e.out) == 0 && e.closes && e.in.Have() == 0:
			wrong("file %d is not closed", id)
		case f != nil && f.way != len(e.out):
			wrong("of file %d %d bytes are on their way, and %d have come", id, f.way, len(e.out))
		}
	}
	for key, f := range r.imports {
		if s.down[key.core] || s.system(key.core).realm.exports[key.id] == nil || f.farKey != key {
			wrong("nobody has file %+v", key)
		}
	}
	for key, h := range r.held {
		if !h.waits() {
			wrong("news of %+v are held back", key)
		}
	}
	full := s.full(core)
	if n := len(r.arrivals) + len(r.moves) + max(r.records-full, 0) + len(r.movers.threads) + max(len(r.questions)-full, 0); n != 0 {
		wrong("%d arrivals, %d moves, %d records, %d who wait for one, %d questions are left", len(r.arrivals), len(r.moves), r.records, len(r.movers.threads), len(r.questions))
	}
	if n := max(sys.coroutines.Begun()-full, 0); n != 0 || len(sys.ending) != 0 {
		wrong("%d calls are under way, %d address spaces end", n, len(sys.ending))
	}
	if s.over {
		s.checkOver(core, sys, wrong)
	}
}

// full returns how many questions of a core wait, at most, until what was written before them has room in a pipe of another that is full: so does who
// wants to come home.
func (s *storm) full(core int) (n int) {
	for other := range s.cores {
		if s.down[other] || s.over {
			continue
		}
		for _, e := range s.system(other).realm.exports {
			switch {
			case e.core != core:
			case e.asking:
				n++
			case len(e.out) > 0 && e.file.Ready()&vfs.Out == 0:
				n += len(e.asks)
			}
		}
	}
	return n
}

// checkOver holds that nothing is left of those that were killed.
func (s *storm) checkOver(core int, sys *System, wrong func(string, ...any)) {
	r, first := sys.realm, 0
	if core == 0 {
		first = 1
		for _, p := range sys.processes { // children that it has got since it has waited for all that it had
			if p.dead && p.parent == s.p {
				first++
			}
		}
	}
	if n := len(sys.processes); n != first || sys.tasks != first {
		wrong("%d processes and %d tasks are left", n, sys.tasks)
	}
	for lives, set := range s.sets {
		if n := set.Open(); lives[0] == s.lifeOf(core) && n > 0 {
			wrong("%d streams to core %d are open", n, lives[1].core)
		}
	}
	if n := len(r.exports) + len(r.imports) + len(r.held) + sys.waits; n != 0 {
		wrong("%d exports, %d imports, %d news, %d waits are left", len(r.exports), len(r.imports), len(r.held), sys.waits)
	}
	if used, _ := sys.store.Pages(); used != s.cores[core].used {
		wrong("%d pages of its RAM are used, %d before", used, s.cores[core].used)
	}
}

// someDied reports whether a core has died so far.
func (s *storm) someDied() (any bool) {
	for core, c := range s.cores {
		any = any || s.down[core] || c.life > 1
	}
	return any
}

// parent returns the parent of a process that lives where it is, if that lives, too, on whatever core, and is not the first, which gets orphans of all cores.
func (s *storm) parent(p *Process) *Process {
	if p.dead || p.ghost() || p.parent == nil || p.parent.id == initID {
		return nil
	}
	for core := range s.cores {
		if by := s.system(core).processes[p.parent.id]; !s.down[core] && by != nil && !by.dead && !by.ghost() {
			return by
		}
	}
	return nil
}

// lives returns the process of a number as it lives on a core, or where it has gone from there, in so many steps.
func (s *storm) lives(id uint64, core, steps int) *Process {
	p := s.system(core).processes[id]
	switch {
	case s.down[core] || p == nil || p.dead || steps == 0:
		return nil
	case p.ghost():
		return s.lives(id, p.seat, steps-1)
	}
	return p
}

// TestRealmStorm has processes of four cores fork, move, write and read over cores, signal, wait and end at random, under schedules of
// parcels and of deaths that a seed chooses (ATOLL_SEED; with ATOLL_SOAK=1 some hundreds of them). Whenever nothing is on its way
// what the cores know of each other fits, and when all have been killed nothing is left.
func TestRealmStorm(t *testing.T) {
	seeds, from := uint64(12), uint64(1)
	if os.Getenv("ATOLL_SOAK") != "" {
		seeds = 300
	}
	if x := os.Getenv("ATOLL_SEED"); x != "" {
		from, _ = strconv.ParseUint(x, 10, 64)
		seeds = 1
	}
	moves, deaths := 0, 0
	for seed := from; seed < from+seeds && !t.Failed(); seed++ {
		s := newStorm(t, seed, 4)
		s.steps = stormSteps
		s.start(s.act)
		if !s.over {
			t.Errorf("it has not come to its end: round %d, status %d", s.round, s.status)
		}
		if t.Failed() {
			t.Logf("ATOLL_SEED=%d", seed)
		}
		moves += s.moves
		for _, c := range s.cores[1:] {
			deaths += c.life - 1
		}
	}
	t.Logf("%d seeds: %d moves, %d lives after a death", seeds, moves, deaths)
}
