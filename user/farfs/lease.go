package farfs

import (
	"slices"
	"syscall"

	"atoll/user/vfs"
)

// Leaser is a server of files that may be mapped here to be stored to. Others can map none so that is leased: what each stored the other would
// not see.
type Leaser interface {
	// Lease keeps others, on all cores, from mapping an open file to store to it, until Unlease or Close. It fails with EBUSY if somebody has.
	Lease(f Ref) error
	Unlease(id uint64)
}

const pageSize = 4096

// lease is a file of which pages are mapped here, to be stored to. What has been stored goes to the server when somebody waits for that, and
// at the end: only bytes that are not what they were, so that what others write beside them stays.
type lease struct {
	*node
	data    []byte // what the server has, as far as is known
	counted int64  // bytes of the kernel's heap: as much again may be on its way
	mapped  vfs.Pages
	stored  []run // that the server has not been told
	flying  int   // times that it is being told
	failed  error // of one of those for which nobody waited
}

// run is bytes that follow each other.
type run struct {
	off  int64
	data []byte
}

var _ vfs.Leased = file{}

// Lease returns the pages of the file, for this core alone.
func (f file) Lease() (vfs.Lease, error) {
	if f.fs.leaser == nil {
		return nil, syscall.EBUSY
	}
	if _, err := f.Refresh(); err != nil {
		return nil, err
	}
	var have int64
	was, size := f.lease, f.info.Size
	if was != nil {
		have = was.Size()
	}
	if size-have > (f.fs.most-f.fs.kept)/2 { // twice as much may be more than a number
		return nil, syscall.ENOMEM
	}
	more := 2 * max(size-have, 0)
	f.fs.kept += more
	over := f.asks()
	defer over()
	read := f.changes
	data, err := f.read(have, size, func() {
		read = f.changes
		over()
	})
	switch l := f.lease; {
	case err != nil:
		f.fs.kept -= more
		return nil, err
	case l != was && have > 0, l == nil && read != f.changes: // it has ended meanwhile, or what was read is not so any more
		f.fs.kept -= more
		return f.Lease()
	case l == nil:
		f.lease = &lease{node: f.node, data: data, counted: more}
	case l.Size() == have:
		l.data, l.counted = append(l.data, data...), l.counted+more
	default: // somebody was faster
		f.fs.kept -= more
	}
	return f.lease, nil
}

// asks counts one who asks for the lease. What it returns is called by who has asked, in the end, and when the answer has come: if nobody has
// the lease then, as who has asked is gone, the server is told.
func (n *node) asks() (over func()) {
	n.leasing++
	waits := 2
	return func() {
		if waits--; waits > 0 {
			return
		}
		if n.leasing--; n.leasing == 0 && n.lease == nil {
			n.unlease(func() {})
		}
	}
}

// read has the server lease the file, and reads what is not known of it.
func (n *node) read(from, to int64, over func()) ([]byte, error) {
	r := n.ref()
	a, err := n.fs.ask(func(s Server) answer {
		if err := n.fs.leaser.Lease(r); err != nil {
			return answer{err: err}
		}
		data := make([]byte, max(to-from, 0))
		done, err := readAll(s, r, data, from)
		return answer{data: data[:done], err: err}
	}, func(*answer) { over() })
	if err == syscall.EAGAIN || err == syscall.ENODEV {
		over() // nobody was asked
	}
	return a.data, err
}

// behind calls f when all has been done that was asked for.
func (fs *FS) behind(f func()) {
	if fs.closed {
		f()
		return
	}
	fs.put(job{work: func(Server) answer { return answer{} }, land: func(answer) { f() }})
}

// unlease says that nobody here has the file mapped any more.
func (n *node) unlease(over func()) {
	if n.fs.closed {
		over()
		return
	}
	id, l := n.id, n.fs.leaser
	n.fs.put(job{work: func(Server) answer { l.Unlease(id); return answer{} }, land: func(answer) { over() }})
}

func (l *lease) Size() int64 { return int64(len(l.data)) }

func (l *lease) ReadAt(b []byte, off int64) (int, error) {
	if off >= int64(len(l.data)) {
		return 0, nil
	}
	return copy(b, l.data[off:]), nil
}

func (l *lease) Map(p vfs.Pages) bool {
	if p != nil && l.mapped != nil {
		return false
	}
	l.mapped = p
	return true
}

// Own reports that there is room: it was counted.
func (l *lease) Own(uint64) bool { return true }

// Store takes note of what is not as it was. Another hart may store to the page meanwhile.
func (l *lease) Store(n uint64, b []byte) {
	off := int64(n) * pageSize
	if off >= int64(len(l.data)) {
		return
	}
	was := l.data[off:min(off+pageSize, int64(len(l.data)))]
	is := slices.Clone(b[:len(was)])
	l.stored = append(l.stored, changes(was, is, off)...)
	copy(was, is)
}

// mostAlike is how many bytes between two that changed go with them, rather than to be asked for twice.
const mostAlike = 64

// changes returns what differs from what was.
func changes(was, is []byte, off int64) (runs []run) {
	from, to := -1, 0
	for i := range is {
		switch {
		case was[i] == is[i]:
			continue
		case from >= 0 && i-to > mostAlike:
			runs = append(runs, run{off + int64(from), is[from:to]})
			from = i
		case from < 0:
			from = i
		}
		to = i + 1
	}
	if from >= 0 {
		runs = append(runs, run{off + int64(from), is[from:to]})
	}
	return runs
}

// take returns what the server has to be told, those that follow each other as one.
func (l *lease) take() (runs []run) {
	for _, r := range l.stored {
		if n := len(runs); n > 0 && runs[n-1].off+int64(len(runs[n-1].data)) == r.off {
			runs[n-1].data = append(slices.Clip(runs[n-1].data), r.data...)
			continue
		}
		runs = append(runs, r)
	}
	l.stored = nil
	return runs
}

// write writes runs, as far as the file still has such bytes: others may have cut it.
func write(s Server, r Ref, runs []run) error {
	info, err := s.Attr(r)
	for _, x := range runs {
		for data := x.data[:min(max(info.Size-x.off, 0), int64(len(x.data)))]; err == nil && len(data) > 0; {
			n := 0
			if n, err = s.WriteAt(r, data[:min(len(data), mostPiece)], x.off); n <= 0 || n > len(data) {
				if err == nil {
					err = syscall.EIO
				}
				break
			}
			data, x.off, err = data[n:], x.off+int64(n), nil
		}
	}
	return err
}

// Flush returns when the server has all that was stored before.
func (l *lease) Flush() error {
	if l.mapped != nil {
		l.mapped.Sync()
	}
	if len(l.stored) == 0 && l.flying == 0 && l.failed == nil {
		return nil
	}
	l.start()
	if _, err := l.fs.ask(func(Server) answer { return answer{} }, nil); err != nil {
		return err // what was stored is on its way
	}
	err := l.failed
	l.failed = nil
	return err
}

// start has the server told, before whatever it is asked next.
func (l *lease) start() {
	if len(l.stored) == 0 || l.fs.closed {
		return
	}
	l.flying++
	r, runs := l.ref(), l.take()
	l.fs.put(job{work: func(s Server) answer { return answer{err: write(s, r, runs)} }, land: func(a answer) {
		if l.flying--; a.err != nil {
			l.failed = errnoOf(a.err)
		}
	}})
}

// End gives the lease up, and calls over when the server has all that was stored.
func (l *lease) End(over func()) {
	l.start()
	l.fs.kept -= l.counted
	l.node.lease = nil
	if l.leasing == 0 {
		l.unlease(over)
		return
	}
	l.fs.behind(over) // who asks for it has it, or gives it up
}

// page calls f with the part of each page that is mapped, of some bytes, and where that begins among them.
func (l *lease) page(off, size int64, f func(b []byte, at int64)) {
	if l == nil || l.mapped == nil {
		return
	}
	for at := off; at < off+size; {
		end := min(at-at%pageSize+pageSize, off+size)
		if b := l.mapped.Bytes(uint64(at / pageSize)); b != nil {
			f(b[at%pageSize:][:end-at], at-off)
		}
		at = end
	}
}

// wrote takes note of what a call has written.
func (l *lease) wrote(b []byte, off int64) {
	if l == nil {
		return
	}
	l.resized(max(off+int64(len(b)), l.Size()))
	if off < l.Size() {
		copy(l.data[off:], b)
	}
	l.page(off, int64(len(b)), func(p []byte, at int64) { copy(p, b[at:]) })
}

// resized takes note that the file has become shorter or longer. If there is no room for what it has become longer by that cannot be mapped.
func (l *lease) resized(size int64) {
	if l == nil {
		return
	}
	old := l.Size()
	if size < old && l.mapped != nil {
		l.mapped.Cut(uint64(size+pageSize-1) / pageSize)
	}
	if end := min(size, old); end%pageSize != 0 { // behind the end somebody may have stored
		l.page(end, pageSize-end%pageSize, func(p []byte, _ int64) { clear(p) })
	}
	if size-old > (l.fs.most-l.fs.kept)/2 {
		return
	}
	more := 2 * (size - old)
	l.fs.kept += more
	l.counted += more
	if l.data = l.data[:min(size, old)]; more > 0 {
		l.data = append(l.data, make([]byte, size-old)...)
	}
}
