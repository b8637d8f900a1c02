package spawn

import (
	"fmt"

	"atoll/monitor/parcel"
	"atoll/user/farfs"
	"atoll/user/linux"
	"atoll/user/vfs"
)

// Runs whose processes live on several cores (package linux, realm.go). What belongs to one on this core is a program: of its
// own if the run began here, else an annex, which is made when the first of its processes comes, and ends with the run.

// post is the core's end of what is said about them: see parcel.Port.
type post struct{ l *land }

// openRealms has processes move between cores.
func (l *land) openRealms() {
	l.realms, l.places = map[uint64]*program{}, map[place]uint64{}
	if l.carrier == nil {
		return
	}
	l.parcels = l.host.Parcels(l.loop.Do, post{l})
	if l.parcels != nil {
		l.loop.SetIdle(func() bool { return l.parcels.Look(l.loop.Due) })
	}
}

// realmLink is what carries the parcels of a run: see linux.Link.
type realmLink struct {
	parcel.Sender
	l *land
}

func (r realmLink) Alive() uint64 { return r.l.carrier.Living() }

// coreShift is where the core stands in the name of a run that began there.
const coreShift = 48

// newRun names a run of this core, as no run of an earlier life of it was named: other cores may have processes of those yet. A life
// begins no more than one in a microsecond.
func (l *land) newRun() uint64 {
	_, since := l.host.Clock()
	l.lastRun = max(l.lastRun+1, since/1000)
	return uint64(l.host.Core())<<coreShift | l.lastRun
}

// homeOf returns the core where a run began.
func homeOf(run uint64) int { return int(run >> coreShift) }

// realm lets the processes of a program of this core move to others.
func (g *program) realm(run uint64) {
	if g.l.parcels == nil {
		return
	}
	g.run = run
	g.l.realms[run] = g
	g.process.SetRealm(realmLink{g.l.parcels, g.l}, run, g.l.host.Core(), homeOf(run), linux.LeastLoaded)
}

// Take takes a parcel. A process of a run of which there is none here makes an annex. Who asks something of one that is over is told so: it
// may have come to its core when that was told already.
func (p post) Take(from int, x *parcel.Parcel) {
	l, run := p.l, x.W[0]
	if p.ask(from, x) {
		return
	}
	g := l.realms[run]
	if g == nil {
		share, moves := linux.Moves(x)
		if !moves {
			if answer, asks := linux.NoCensus(x); asks {
				l.parcels.Send(from, answer)
			}
			if homeOf(run) == l.host.Core() {
				l.parcels.Send(from, linux.Over(run))
			}
			return
		}
		var err error
		if g, err = l.annex(run, share); err != nil {
			l.parcels.Send(from, linux.Refuse(x))
			return
		}
	}
	g.process.Take(from, x)
}

// Lost takes the word that a core is dead.
func (p post) Lost(core int) {
	p.l.lose(core)
	for _, g := range p.l.realms {
		g.process.Lost(core)
	}
}

// annex makes the part of a run that began on another core.
func (l *land) annex(run, share uint64) (*program, error) {
	home := homeOf(run)
	if len(l.programs) >= maxPrograms || home == l.host.Core() {
		return nil, fmt.Errorf("core %d cannot have a part of a run of core %d", l.host.Core(), home)
	}
	size, err := l.size(0)
	if err != nil {
		return nil, err
	}
	g := &program{l: l, pid: l.lastPID + 1, name: fmt.Sprintf("of-core-%d", home)}
	g.domain = l.ram.NewDomain(size + objectsSize)
	if err := g.reserve(size); err != nil {
		g.domain.End(g.returnSlots)
		return nil, err
	}
	g.process = linux.NewAnnex(g, g.store, g.farFiles(), l.mounts(), l.files)
	g.realm(run)
	l.lastPID = g.pid
	l.programs[g.pid] = g
	g.share = l.enter(share)
	g.process.Begin(l.loop, &g.share.Group)
	return g, nil
}

// farFiles has the program's processes see the files of the home, and returns who asks for them there.
func (g *program) farFiles() *linux.HomeFiles {
	server, calls := &linux.HomeFiles{}, g.l.files.Coroutines() // of all file systems that processes here see
	g.far = farfs.New(server, deviceHome, calls, g.l.loop.Do, mostKept())
	g.files = vfs.NewNamespaceFor(calls, vfs.Mount{Source: "home", Type: "home", Options: "rw", Root: g.far.Root()})
	return server
}

// mounts is what processes of a core see of that, wherever their other files are: devices, the machine, the folder of the host.
func (l *land) mounts() (list []vfs.Mounted) {
	for _, m := range vfs.NewContext(l.files).Mounts()[1:] { // but for the root
		if m.Path == "/dev" || m.Path == "/mk" || m.Path == "/host" {
			list = append(list, m)
		}
	}
	return list
}
