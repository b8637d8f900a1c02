package replica

import "atoll/monitor/agree"

// State is what has been agreed on about a core's latest life.
type State uint8

// States of a core. Only a view makes one a member, and only a view ends that.
const (
	Unknown  State = iota // nobody has said anything
	Absent                // never came up
	Starting              // its hart was started
	Member                // of the view
	Zombie                // a member that answers nothing, and whose hart has not stopped
	Dead                  // was a member, or was started, and its hart has stopped
	states
)

var stateWords = [states]string{"unknown", "absent", "starting", "up", "zombie", "dead"}

func (s State) String() string {
	if s < states {
		return stateWords[s]
	}
	return "nonsense"
}

// Core is the record of a core.
type Core struct {
	Incarnation uint32 // the latest, 0 = it has not lived
	State       State
	Cause       uint8  // of its last death, a layout.Cause
	Change      uint16 // how often a member has become a zombie, or ceased to be one
	Since       uint32 // view in which it became a member or ceased to be one, 0 = none
}

// Note is the one-phase operation by which the owner of the console tells what views
// do not: that a core is being started, was left out, is a zombie or is so no more,
// and what a dead one died of. Notes of different cores commute: of two about a core
// the one that ranks higher counts (see outranks).
const Note uint8 = 3

// NoteData is the words of a Note. Of c only the first four fields count.
func NoteData(core int, c Core) [agree.Words]uint64 {
	return [agree.Words]uint64{uint64(core), uint64(c.Incarnation), uint64(c.State) | uint64(c.Cause)<<8 | uint64(c.Change)<<16}
}

// Cores are the records of all cores.
type Cores struct {
	n       int
	members uint64
	records [agree.MaxCores]Core
}

func newCores(n int) *Cores { return &Cores{n: n} }

// Get returns the record of a core.
func (c *Cores) Get(core int) Core { return c.records[core] }

// Count is how many cores there are.
func (c *Cores) Count() int { return c.n }

// IsMember reports whether this life of a core is a member of the view.
func (c *Cores) IsMember(core int, life uint32) bool {
	return core < c.n && c.members>>core&1 != 0 && c.records[core].Incarnation == life
}

// Outranks reports whether a note of n changes what the record r of the same core says.
func (n Core) outranks(r Core, member bool) bool {
	switch {
	case member:
		return n.Incarnation == r.Incarnation && (n.State == Member || n.State == Zombie) &&
			(n.Change > r.Change || n.Change == r.Change && n.State > r.State)
	case n.State != Absent && n.State != Starting && n.State != Dead:
		return false
	case n.Incarnation != r.Incarnation:
		return n.Incarnation > r.Incarnation
	}
	return n.State > r.State || n.State == r.State && n.Cause > r.Cause
}

// Tells reports whether a note of n would change the record of a core.
func (c *Cores) Tells(core int, n Core) bool {
	_, ok := c.with(core, n)
	return ok
}

// with is the record of a core after a note of n, false if that changes nothing.
func (c *Cores) with(core int, n Core) (Core, bool) {
	r := c.records[core]
	member := c.members>>core&1 != 0
	n.Since = r.Since
	if member {
		n.Cause = r.Cause // it has not died since
	} else {
		n.Change = 0
	}
	return n, n.outranks(r, member)
}

// note applies a Note, or says whether that would change anything.
func (c *Cores) note(op *agree.Op, apply bool) bool {
	d := &op.Data
	if d[0] >= uint64(c.n) || d[1]>>32 != 0 || d[2]>>32 != 0 || d[2]&0xff >= uint64(states) {
		return false
	}
	n, ok := c.with(int(d[0]), Core{uint32(d[1]), State(d[2]), uint8(d[2] >> 8), uint16(d[2] >> 16), 0})
	if ok && apply {
		c.records[d[0]] = n
	}
	return ok
}

// install makes records of a view: its members, and those that are so no longer.
func (c *Cores) install(v *agree.View) {
	for core := range c.n {
		r := &c.records[core]
		switch member := v.Members>>core&1 != 0; {
		case member && c.members>>core&1 != 0 && r.Incarnation == v.Life[core]:
		case member:
			*r = Core{Incarnation: v.Life[core], State: Member, Cause: r.Cause, Since: v.Since[core]}
		case c.members>>core&1 != 0:
			*r = Core{Incarnation: r.Incarnation, State: Dead, Since: v.Number}
		}
	}
	c.members = v.Members
}

func (c *Cores) reset() { *c = Cores{n: c.n} }

// items is how many a snapshot has.
func (c *Cores) items() (count int) {
	for core := range c.n {
		if c.records[core] != (Core{}) {
			count++
		}
	}
	return count
}

func (c *Cores) next(at int, item *[agree.ItemWords]uint64) int {
	for ; at < c.n; at++ {
		if r := c.records[at]; r != (Core{}) {
			*item = [agree.ItemWords]uint64{
				uint64(at) | c.members>>at&1<<8, uint64(r.Incarnation) | uint64(r.Since)<<32,
				uint64(r.State) | uint64(r.Cause)<<8 | uint64(r.Change)<<16, 0, ofCore,
			}
			return at + 1
		}
	}
	return -1
}

func (c *Cores) add(item *[agree.ItemWords]uint64) bool {
	core, member := item[0]&0xff, item[0]>>8
	r := Core{uint32(item[1]), State(item[2]), uint8(item[2] >> 8), uint16(item[2] >> 16), uint32(item[1] >> 32)}
	if core >= uint64(c.n) || member > 1 || item[2]&0xff >= uint64(states) || item[2]>>32 != 0 || item[3] != 0 ||
		c.records[core] != (Core{}) || r == (Core{}) || (member == 1) != (r.State == Member || r.State == Zombie) {
		return false
	}
	c.records[core] = r
	c.members |= member << core
	return true
}
