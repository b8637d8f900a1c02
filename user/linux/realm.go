package linux

import (
	"maps"
	"math/bits"
	"strings"
	"syscall"

	"atoll/kernel/vspace"
	"atoll/monitor/parcel"
	"atoll/monitor/stream"
	"atoll/user/vfs"
)

// Processes over cores. The processes of a run are a realm: each core on which some live has a System for them,
// the home that of the first process. A process moves as it executes a program (move.go), and nothing of it
// stays behind but a ghost (ghost.go), by which its parent and whoever has its number reach it; BProc and MOSIX have such, too.
// Its open files stay where they are, and it uses them from afar (far.go, export.go).
//
// What Systems of a realm say to each other are parcels (package parcel). What comes is input: numbers that nobody
// has, and data that is nothing, do nothing.

// Kinds of parcels. The first word is the run, the second the process or the file, with its number on the core that has it.
const (
	parcelMove    uint16 = 1 + iota // share of the hart, number of the move; data: a record of the process
	parcelMoved                     // error, 0: it lives there now; number of the move
	parcelSignal                    // signal and code; sender
	parcelGroup                     // the second word is a group; signal and code; sender
	parcelNews                      // what, and the status; ticks
	parcelForget                    // the core where the parent of that process is, the number of its move from here
	parcelEnd                       // of the run
	parcelRead                      // how many bytes at most; who asks
	parcelData                      // data, or an error; who has asked
	parcelWrite                     // data
	parcelWritten                   // an error, and whether a stream would be taken (wouldTake); how many bytes
	parcelWatch                     // events
	parcelReady                     // events
	parcelClose
	parcelControl  // request, number of the question; data
	parcelFile     // the second word is an operation; number of the question; data
	parcelCensus   // number of the question
	parcelConsole  // number of the question
	parcelReboot   // 1: to begin afresh
	parcelUnlocked // the second word is the number of a wait for a lock
	parcelAnswer   // the second word is the number of the question; error; 1: more follows; data
	parcelLoad     // to no part of the run, but to its core: what is there to do?
	parcelLoaded   // threads
	parcelSpare    // to the core: nobody comes who has asked that
	parcelStream   // to whom (toOwner); with a stream
	parcelStir     // to whom: something has been done at the other end of a stream
	parcelGone     // the core that had the file has it no more
	parcelOrphan   // its parent has ended
	parcelKill     // sig and code, number of the question; data: what goes with the signal, and who sends it
)

// To whom something is said of an open file: its number is one of his core, or of the other.
const (
	toOwner = iota // who has it
	toUser         // who uses it on another core
)

// Link is what carries parcels of a realm.
type Link interface {
	parcel.Sender
	// Alive is the set of the cores that live, a bit each.
	Alive() uint64
}

// realm is a System's part of one.
type realm struct {
	sys          *System
	link         Link
	run          uint64 // its name
	here, home   int
	others       uint64            // cores that have been told, or have told, something
	deaths       [mostCores]uint64 // of each core: what an earlier life of it has asked is no later one's
	exports      map[uint64]*export
	lastExport   uint64
	asked        [mostCores]int // bytes that each core has sent with requests to exports that wait
	terminals    map[int]uint64 // the export of the terminal for each core
	imports      map[farKey]*farFile
	lent         map[int]*farFile     // of those, the terminal of each core
	backlogs     map[int]*backlog     // of other cores
	opened       map[farKey]*vfs.File // by their names from other cores, by the numbers there
	leased       map[vfs.Node]farKey  // of those, which another core has mapped to store to
	moves        map[uint64]*leaving  // to others that these have not answered, by their numbers
	lastMove     uint64
	lastTour     uint64
	tours        []tour // that have come, the latest
	records      int    // of processes that are about to move
	movers       queue  // who waits until they are fewer
	lockers      map[lockerKey]*locker
	parties      map[farKey]*party // who have those of ranges, or wait for some, by their processes' numbers
	lockWaits    map[farKey]*lockWait
	unlocked     map[uint64]func()   // called when the home says so
	arrivals     map[uint64]*arrival // by the numbers of processes
	held         map[farKey]*heldNews
	questions    map[uint64]question
	census       map[uint64]resident // of other cores, as it was when somebody began to read /proc
	lastQuestion uint64
	surveys      surveys
	place        Placement
	heir         *Process // parent of those whose parent has ended, where the first process does not live
}

// idsPerCore is how many process numbers each core has to give.
const idsPerCore = 1 << 16

// SetRealm has the processes move to other cores. run names the realm on all cores, home is the core of the first process, here this one; place
// says where programs run that may run on several. It is called before Begin.
func (s *System) SetRealm(l Link, run uint64, here, home int, place Placement) {
	r := &realm{
		sys: s, link: l, run: run, here: here, home: home, exports: map[uint64]*export{}, terminals: map[int]uint64{}, imports: map[farKey]*farFile{}, lent: map[int]*farFile{}, backlogs: map[int]*backlog{}, opened: map[farKey]*vfs.File{}, leased: map[vfs.Node]farKey{},
		moves: map[uint64]*leaving{}, arrivals: map[uint64]*arrival{}, held: map[farKey]*heldNews{}, questions: map[uint64]question{},
		lockers: map[lockerKey]*locker{}, parties: map[farKey]*party{}, lockWaits: map[farKey]*lockWait{}, unlocked: map[uint64]func(){}, place: place, surveys: surveys{last: here},
	}
	r.lastMove, r.lastQuestion, r.lastExport = s.anyNumber(), s.anyNumber(), s.anyNumber()
	s.realm = r
	for _, p := range s.processes {
		p.seat = here
	}
	if !r.isHome() {
		r.others = 1 << home // whose files it has
		s.firstID = uint64(here^home) * idsPerCore
		s.lastID = s.firstID + s.anyID() - 1
		r.heir = &Process{sys: s, id: initID, seat: nowhere}
	}
}

// anyID is where a core begins to give out numbers: processes of an earlier life of it, which have gone elsewhere, may not all have
// been ended yet.
func (s *System) anyID() uint64 {
	var b [2]byte
	s.env.Random(b[:])
	return uint64(le.Uint16(b[:]))
}

// anyNumber is where a core begins to count what others answer, and use, by its number: what they still have to say to an earlier life of it
// is of numbers that nobody has.
func (s *System) anyNumber() uint64 {
	var b [4]byte
	s.env.Random(b[:])
	return uint64(le.Uint32(b[:]))
}

// NewAnnex makes the System of a realm on a core where none of its processes has begun. Its files are the home's, with those
// of the core at the places of some mounts; twins is files of the core that are mostly the home's, too: where they are the same, a program's
// pages are taken from there.
func NewAnnex(env Env, store *vspace.Store, home *HomeFiles, mounts []vfs.Mounted, twins *vfs.Namespace) *System {
	s := newSystem(env, store)
	home.sys = s
	s.mounts.list, s.twins = append(mounts, s.newProc()), twins
	return s
}

// twin returns the file of this core that is the same as one of the home's, nil if there is none.
func (s *System) twin(path string, of vfs.Attr) *vfs.File {
	if s.twins == nil {
		return nil
	}
	c := vfs.NewContext(s.twins)
	f, err := c.Open(c.Root, path, syscall.O_RDONLY, 0)
	if err != nil {
		return nil
	}
	f.Hold()
	if a := f.Attr(); a.Ino != of.Ino || a.Size != of.Size || a.Mtime != of.Mtime || a.Mode != of.Mode {
		f.Release()
		return nil
	}
	f.At(path) // no process can name it in twins
	return f
}

// Moves reports whether a parcel is a process that is to live here, and of whose share of the hart it is then.
func Moves(p *parcel.Parcel) (share uint64, is bool) { return p.W[2], p.Kind == parcelMove }

// Refuse returns the answer to such a one from a core that has no room for it.
func Refuse(p *parcel.Parcel) parcel.Parcel {
	return parcel.Parcel{Kind: parcelMoved, W: [parcel.Words]uint64{p.W[0], p.W[1], uint64(noMem), p.W[3]}}
}

// Over returns what a core says of a run that began there and is over, to who does not know it yet.
func Over(run uint64) parcel.Parcel {
	return parcel.Parcel{Kind: parcelEnd, W: [parcel.Words]uint64{run}}
}

// nowhere is the core of who is told nothing.
const nowhere = -1

func (r *realm) isHome() bool { return r.here == r.home }

// core returns the number of the core.
func (s *System) core() int {
	if s.realm == nil {
		return 0
	}
	return s.realm.here
}

// annex reports whether the first process began on another core.
func (s *System) annex() bool { return s.realm != nil && !s.realm.isHome() }

// send sends a parcel to another core.
func (r *realm) send(to int, kind uint16, what, a, b uint64, data []byte) {
	r.others |= 1 << to
	r.link.Send(to, parcel.Parcel{Kind: kind, W: [parcel.Words]uint64{r.run, what, a, b}, Data: data})
}

// sendStream sends a stream to who has an open file, or uses it.
func (r *realm) sendStream(core int, file, to uint64, w *stream.Writer) {
	r.others |= 1 << core
	r.link.Send(core, parcel.Parcel{Kind: parcelStream, W: [parcel.Words]uint64{r.run, file, to}, Out: w})
}

// room waits until other cores have taken most of what they were sent, within a call: one that a program may make without end, each time
// sending something. It fails if the call is to end.
func (r *realm) room() error {
	for rest := r.others; rest != 0; rest &= rest - 1 {
		err := r.sys.coroutines.Wait(func(wake func()) { r.link.Room(bits.TrailingZeros64(rest), wake) })
		if err != nil {
			return err
		}
	}
	return nil
}

// Take takes a parcel of another core's System of the realm. For the loop.
func (s *System) Take(from int, p *parcel.Parcel) {
	r := s.realm
	if s.ended {
		if p.Kind == parcelMove {
			r.send(from, parcelMoved, p.W[1], uint64(syscall.ESRCH), p.W[3], nil)
		}
		return
	}
	if p.Kind == parcelLoaded {
		r.loaded(from, p.W[2])
		return
	}
	r.others |= 1 << from
	what, a, b := p.W[1], p.W[2], p.W[3]
	switch p.Kind {
	case parcelMove:
		r.arrive(from, p)
	case parcelMoved:
		r.moved(from, b, errno(a))
	case parcelSignal, parcelGroup:
		r.signalled(p)
	case parcelNews:
		r.heard(from, p)
	case parcelForget:
		r.forget(what, a, b)
	case parcelOrphan:
		r.orphan(from, what)
	case parcelKill:
		r.killed(from, p)
	case parcelEnd:
		if from == r.home {
			s.Kill()
		}
	case parcelData, parcelWritten, parcelReady, parcelGone:
		r.takeFar(from, p)
	case parcelCensus:
		r.tellCensus(from, a)
	case parcelConsole:
		r.lendConsole(from, a)
	case parcelReboot:
		if r.isHome() {
			s.endFor(a == 1)
		}
	case parcelFile:
		r.backlogOf(from).add(p)
	case parcelUnlocked:
		r.unlock(from, what)
	case parcelAnswer:
		r.answer(from, p)
	case parcelStream, parcelStir:
		if a == toUser {
			r.takeFar(from, p)
			return
		}
		fallthrough
	default:
		if e := r.exports[what]; e != nil && e.core == from {
			e.take(p, a, b)
		} else {
			r.gone(from, p)
		}
	}
}

// takeFar has a file of another core take what that says of it.
func (r *realm) takeFar(from int, p *parcel.Parcel) {
	if f := r.imports[farKey{from, p.W[1]}]; f != nil {
		f.take(p)
	}
}

// Lost takes the word that a core is dead: its processes are, and its files cannot be used any more. For the loop.
func (s *System) Lost(core int) {
	r := s.realm
	r.deaths[core]++
	r.surveys.silent(core)
	if r.others&(1<<core) == 0 || s.ended {
		return
	}
	r.others &^= 1 << core
	if core == r.home {
		s.Kill()
		return
	}
	maps.DeleteFunc(r.held, func(k farKey, _ *heldNews) bool { return k.core == core })
	delete(r.terminals, core)
	delete(r.lent, core)
	delete(r.backlogs, core)
	for _, e := range r.exports {
		if e.core == core {
			e.end()
		}
	}
	for key := range r.opened {
		if key.core == core {
			r.closeOpened(key)
		}
	}
	r.endWaits(func(w *lockWait) bool { return w.key.core == core })
	for key := range r.lockers {
		if key.core == core {
			r.loseLocker(key, nil)
		}
	}
	for key, f := range r.imports {
		if key.core == core {
			delete(r.imports, key) // a later life of it has others by those numbers
			f.lose()
		}
	}
	for number, q := range r.questions {
		if q.core == core {
			r.answered(core, number, errno(syscall.EIO), nil)
		}
	}
	for _, a := range r.arrivals {
		if a.from == core {
			a.lost = true
		}
	}
	for number, l := range r.moves {
		if l.core == core {
			r.moved(core, number, lostMove)
		}
	}
	for _, p := range s.processes {
		if !p.dead {
			p.lost(core)
		}
	}
}

// died is the set of the cores that have died since this one lives.
func (r *realm) died() (set uint64) {
	for core, n := range r.deaths {
		if n > 0 {
			set |= 1 << core
		}
	}
	return set
}

// lost takes the word that a core is dead. A process that lived there has been killed; so is one that has come through it, as its
// parent is told.
func (p *Process) lost(core int) {
	came := strings.IndexByte(p.route, byte(core)) >= 0
	if p.origin() == core && p.parent.foreign() {
		p.parent, p.orphan, p.route = p.sys.heir(), true, ""
	}
	switch {
	case p.ghost() && p.seat == core:
		p.exit(killed(sigKILL))
	case came:
		p.signal(siginfo{sig: sigKILL})
	}
}

// heir returns who gets the children of those that end.
func (s *System) heir() *Process {
	if s.annex() {
		return s.realm.heir
	}
	return s.init()
}

// end ends the realm with its first process.
func (r *realm) end() {
	if r == nil {
		return
	}
	if r.isHome() {
		for rest := r.others; rest != 0; rest &= rest - 1 {
			r.send(bits.TrailingZeros64(rest), parcelEnd, 0, 0, 0, nil)
		}
	}
	for _, e := range r.exports {
		e.end()
	}
	for key := range r.opened {
		r.closeOpened(key)
	}
	for number, q := range r.questions {
		r.answered(q.core, number, errno(syscall.EIO), nil)
	}
}
