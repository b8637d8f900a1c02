package linux

import (
	"fmt"
	"math/bits"

	"atoll/monitor/parcel"
	"atoll/user/vfs"
)

// What /proc has of the processes of a realm that live elsewhere: whoever begins to read it has their cores asked, which tell what
// their own /proc says.

// resident is a process that lives on another core, as that has it in files of /proc.
type resident struct {
	pid                         uint64
	stat, status, comm, cmdline string
}

func residents(c *coder, l *[]resident) {
	list(c, l, func(x *resident) {
		c.word(&x.pid)
		for _, s := range []*string{&x.stat, &x.status, &x.comm, &x.cmdline} {
			c.text(s)
		}
	})
}

// realmText says what this core has of the realm, for who looks for what is left behind: processes and ghosts, open files that others
// use and that others have, who is on the way, and calls that wait in their middle, of all runs.
func (s *System) realmText() string {
	r, ghosts := s.realm, 0
	if r == nil {
		return ""
	}
	for _, p := range s.processes {
		if p.ghost() {
			ghosts++
		}
	}
	return fmt.Sprintf("core=%d processes=%d ghosts=%d exports=%d imports=%d opened=%d moves=%d arrivals=%d questions=%d held=%d calls=%d\n",
		r.here, len(s.processes)-ghosts, ghosts, len(r.exports), len(r.imports), len(r.opened), len(r.moves)+r.records, len(r.arrivals),
		len(r.questions), len(r.held), s.coroutines.Begun())
}

// mostArgsTold bounds a text that another core is told.
const mostArgsTold = 256

// census is what a core tells: who lives there, and which other cores it knows, a bit each.
type census struct {
	residents []resident
	others    uint64
}

func (x *census) each(c *coder) {
	residents(c, &x.residents)
	c.word(&x.others)
}

// tellCensus answers who lives here.
func (r *realm) tellCensus(to int, number uint64) {
	x := census{others: r.others}
	for _, p := range r.sys.processes {
		if !p.dead && !p.ghost() {
			args := p.cmdlineText()
			x.residents = append(x.residents, resident{p.id, p.statText(), p.statusText(), p.name + "\n", args[:min(len(args), mostArgsTold)]})
		}
	}
	c := &coder{}
	x.each(c)
	r.reply(to, number, nil, c.b)
}

// NoCensus returns the answer of a core where nobody of the run lives, if a parcel asks who does.
func NoCensus(p *parcel.Parcel) (answer parcel.Parcel, asks bool) {
	c := &coder{}
	new(census).each(c)
	return parcel.Parcel{Kind: parcelAnswer, W: [parcel.Words]uint64{p.W[0], p.W[2]}, Data: c.b}, p.Kind == parcelCensus
}

// takeCensus asks all other cores that are known who lives there, and those that they know, within a call that may wait. One that is lost has nobody.
func (r *realm) takeCensus() {
	found := map[uint64]resident{}
	err := r.sys.coroutines.Wait(func(wake func()) {
		asked, left := uint64(1)<<r.here, 1
		done := func() {
			if left--; left == 0 {
				wake()
			}
		}
		var ask func(cores uint64)
		ask = func(cores uint64) {
			rest := cores &^ asked
			for asked |= cores; rest != 0; rest &= rest - 1 {
				left++
				r.askCensus(bits.TrailingZeros64(rest), func(x *census) {
					for _, p := range x.residents {
						found[p.pid] = p
					}
					ask(x.others & r.link.Alive())
					done()
				})
			}
		}
		ask(r.others)
		done()
	})
	if err == nil {
		r.census = found
	}
}

// askCensus asks a core, and has its answer taken, which may be that it has nobody.
func (r *realm) askCensus(core int, take func(*census)) {
	r.lastQuestion++
	r.questions[r.lastQuestion] = question{core: core, answered: func(_ errno, data []byte) {
		x, c := &census{}, &coder{b: data, reads: true}
		if x.each(c); c.bad {
			x = &census{}
		}
		take(x)
	}}
	r.send(core, parcelCensus, 0, r.lastQuestion, 0, nil)
}

// findElsewhere returns the directory of a process that lives elsewhere, as far as that is known; nil if it is not.
func (r *realm) findElsewhere(id uint64, name string) vfs.Node {
	x, there := r.census[id]
	if !there {
		return nil
	}
	fs := r.sys.proc.fs
	d := fs.Loose(r.sys.proc.root, name, 0o555)
	for name, text := range map[string]string{"stat": x.stat, "status": x.status, "comm": x.comm, "cmdline": x.cmdline} {
		d.Text(name, func(*vfs.Context) []byte { return []byte(text) })
	}
	return d
}
