package linux

import (
	"encoding/binary"

	"atoll/monitor/parcel"
)

// record is a process that moves to another core as it executes a program: what it takes with it. One
// way and the other it goes through the same list of fields (each).
type record struct {
	listing
	pid, group, session, job            uint64
	parent, parentGroup, parentSession  uint64
	mask, ignored, cores, umask, behind uint64
	ino, size, mtime, ctime, mode       uint64 // of the program
	onward                              uint64 // 1 more than the core where it goes on to; 0: it is to live where it comes
	path, name, cwd, route              string
	limits                              limits
	files                               []fileRecord
	children                            []childRecord
	tours                               []tour
	terminal                            fileRecord // what is /dev/tty, without an origin: none
	args, environment                   []string
}

// fileRecord is an open file of it: what a descriptor names, as the core that it comes from exports it. Without such a number
// it is what its origin exports, which is the core that it goes to.
type fileRecord struct {
	fd, file, flags, mode uint64
	core, origin          uint64
	name                  string
}

func (f *fileRecord) each(c *coder) {
	for _, w := range []*uint64{&f.fd, &f.file, &f.flags, &f.mode, &f.core, &f.origin} {
		c.word(w)
	}
	c.text(&f.name)
}

// mostRecord bounds the arguments and environment of a record: with all else, of which the names of files are most, it is one parcel.
const mostRecord = parcel.MostData - 80<<10

func newRecord() *record { return &record{listing: listing{left: mostRecord}} }

// add adds a string to the list under way, end ends that.
func (r *record) add(s string) error {
	if err := r.more(s); err != nil {
		return err
	}
	if r.environ {
		r.environment = append(r.environment, s)
	} else {
		r.args = append(r.args, s)
	}
	return nil
}

func (r *record) end() error {
	r.environ = true
	return nil
}

// each has a coder code all fields.
func (r *record) each(c *coder) {
	for _, w := range []*uint64{
		&r.pid, &r.group, &r.session, &r.job, &r.parent, &r.parentGroup, &r.parentSession,
		&r.mask, &r.ignored, &r.cores, &r.umask, &r.behind, &r.ino, &r.size, &r.mtime, &r.ctime, &r.mode, &r.onward,
	} {
		c.word(w)
	}
	for i := range r.limits {
		c.word(&r.limits[i].soft)
		c.word(&r.limits[i].hard)
	}
	for _, s := range []*string{&r.path, &r.name, &r.cwd, &r.route} {
		c.text(s)
	}
	r.terminal.each(c)
	list(c, &r.files, func(f *fileRecord) { f.each(c) })
	list(c, &r.children, func(x *childRecord) { x.each(c) })
	list(c, &r.tours, func(x *tour) { x.each(c) })
	list(c, &r.args, c.text)
	list(c, &r.environment, c.text)
}

// coder writes fields to bytes, or reads them from bytes.
type coder struct {
	b     []byte
	reads bool
	bad   bool // what it has read is no such record
}

func (c *coder) word(v *uint64) {
	if !c.reads {
		c.b = binary.AppendUvarint(c.b, *v)
		return
	}
	w, n := binary.Uvarint(c.b)
	if n <= 0 {
		c.bad, c.b = true, nil
		return
	}
	*v, c.b = w, c.b[n:]
}

func (c *coder) text(s *string) {
	n := uint64(len(*s))
	c.word(&n)
	switch {
	case !c.reads:
		c.b = append(c.b, *s...)
	case n > uint64(len(c.b)):
		c.bad, c.b = true, nil
	default:
		*s, c.b = string(c.b[:n]), c.b[n:]
	}
}

// list codes a list, of which each takes a byte or more.
func list[T any](c *coder, l *[]T, each func(*T)) {
	n := uint64(len(*l))
	c.word(&n)
	if !c.reads {
		for i := range *l {
			each(&(*l)[i])
		}
		return
	}
	if n > uint64(len(c.b)) {
		c.bad, c.b = true, nil
	}
	for *l = nil; n > 0 && !c.bad; n-- { // it takes memory for what is there, not for what is said to be
		var v T
		each(&v)
		*l = append(*l, v)
	}
}

// bytes returns a record as a parcel carries it.
func (r *record) bytes() []byte {
	c := &coder{}
	r.each(c)
	return c.b
}

// recordOf is the reverse. It reports false if that is none.
func recordOf(b []byte) (*record, bool) {
	c, r := &coder{b: b, reads: true}, newRecord()
	r.each(c)
	return r, !c.bad && len(c.b) == 0
}
