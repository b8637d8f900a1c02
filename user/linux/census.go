package linux

import (
	"fmt"
	"math/bits"

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

// tellCensus answers who lives here.
func (r *realm) tellCensus(to int, number uint64) {
	var l []resident
	for _, p := range r.sys.processes {
		if !p.dead && !p.ghost() {
			args := p.cmdlineText()
			l = append(l, resident{p.id, p.statText(), p.statusText(), p.name + "\n", args[:min(len(args), mostArgsTold)]})
		}
	}
	c := &coder{}
	residents(c, &l)
	r.reply(to, number, nil, c.b)
}

// takeCensus asks all other cores who lives there, within a call that may wait. One that is lost has nobody.
func (r *realm) takeCensus() {
	census := map[uint64]resident{}
	err := r.sys.coroutines.Wait(func(wake func()) {
		left := bits.OnesCount64(r.others) + 1
		done := func() {
			if left--; left == 0 {
				wake()
			}
		}
		for rest := r.others; rest != 0; rest &= rest - 1 {
			r.lastQuestion++
			core := bits.TrailingZeros64(rest)
			r.questions[r.lastQuestion] = question{core: core, answered: func(e errno, data []byte) {
				var l []resident
				c := &coder{b: data, reads: true}
				residents(c, &l)
				for _, x := range l {
					if !c.bad {
						census[x.pid] = x
					}
				}
				done()
			}}
			r.send(core, parcelCensus, 0, r.lastQuestion, 0, nil)
		}
		done()
	})
	if err == nil {
		r.census = census
	}
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
