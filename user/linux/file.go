package linux

import "atoll/kernel/vspace"

// file is an open file: standard input and output, an event counter, or a set of those.
type file struct {
	kind  fileKind
	count uint64             // of an event counter
	watch map[uint64]watched // of a set, by descriptor
}

type fileKind uint8

const (
	input fileKind = iota + 1
	output
	eventCounter
	eventSet
)

// watched is what a set answers when a counter is not 0.
type watched struct {
	events uint32
	data   uint64
}

// files are the open files of a process, by descriptor.
type files struct{ open [maxFiles]*file }

const maxFiles = 64

func (f *files) init() {
	f.open[0], f.open[1], f.open[2] = &file{kind: input}, &file{kind: output}, &file{kind: output}
}

// copyFrom opens all that another process has open.
func (f *files) copyFrom(o *files) { *f = *o }

// closeOnExec closes what the next program is not to have.
func (f *files) closeOnExec() {}

// end closes all.
func (f *files) end() { clear(f.open[:]) }

// contents is what a file has to be mapped.
func (p *Process) contents(fd, prot, flags, off uint64) (*vspace.Contents, errno) {
	return nil, opNotSupp
}

// add opens a file at the lowest descriptor; false if there is none.
func (f *files) add(n *file) (uint64, bool) {
	for fd, there := range f.open {
		if there == nil {
			f.open[fd] = n
			return uint64(fd), true
		}
	}
	return 0, false
}

// get returns an open file, nil if there is none.
func (f *files) get(fd uint64) *file {
	if fd >= maxFiles {
		return nil
	}
	return f.open[fd]
}

const tooManyFiles errno = 24

func (t *thread) open(f *file) {
	fd, ok := t.p.files.add(f)
	if !ok {
		t.fail(tooManyFiles)
		return
	}
	t.answer(fd)
}

func eventfd2(t *thread, a args) { t.open(&file{kind: eventCounter, count: a[0] & 0xffff_ffff}) }

func epollCreate1(t *thread, _ args) { t.open(&file{kind: eventSet, watch: map[uint64]watched{}}) }

func openat(t *thread, _ args) { t.fail(noEnt) }

func fcntl(t *thread, a args) {
	if t.p.files.get(a[0]) == nil {
		t.fail(badF)
		return
	}
	t.answer(0)
}

func closeFile(t *thread, a args) {
	if t.p.files.get(a[0]) == nil {
		t.fail(badF)
		return
	}
	t.p.files.open[a[0]] = nil
	for _, f := range t.p.files.open {
		if f != nil {
			delete(f.watch, a[0])
		}
	}
	t.answer(0)
}

func read(t *thread, a args) {
	f := t.p.files.get(a[0])
	switch {
	case f == nil || f.kind == output || f.kind == eventSet:
		t.fail(badF)
	case f.kind == input:
		t.answer(0)
	case a[2] < 8:
		t.fail(inval)
	case f.count == 0:
		t.fail(again)
	case !t.p.store64(a[1], f.count):
		t.fail(fault)
	default:
		f.count = 0
		t.answer(8)
	}
}

// mostWrite bounds what one call writes: the rest is the caller's to write again.
const mostWrite = 4096

func write(t *thread, a args) {
	f := t.p.files.get(a[0])
	switch {
	case f == nil || f.kind == input || f.kind == eventSet:
		t.fail(badF)
	case f.kind == output:
		b := make([]byte, min(a[2], mostWrite))
		n, err := t.p.space.Read(a[1], b)
		if err != nil && n == 0 {
			t.fail(fault)
			return
		}
		if taken := t.p.sys.env.Output(int(a[0]), b[:n]); taken > 0 || n == 0 {
			t.answer(uint64(taken))
			return
		}
		t.waitIn(&t.p.sys.writers)
		t.retry()
	case a[2] < 8:
		t.fail(inval)
	default:
		n, ok := t.p.load64(a[1])
		if !ok {
			t.fail(fault)
			return
		}
		if f.count+n < f.count || n == ^uint64(0) {
			t.fail(inval)
			return
		}
		f.count += n
		t.answer(8)
		t.p.pollAgain()
	}
}

// Operations and events of epoll (uapi/linux/eventpoll.h).
const (
	epollAdd, epollDel, epollMod = 1, 2, 3
	epollIn                      = 1
)

func epollCtl(t *thread, a args) {
	set, f := t.p.files.get(a[0]), t.p.files.get(a[2])
	events, ok := t.p.load32(a[3])
	data, ok2 := t.p.load64(a[3] + 8)
	switch {
	case set == nil || f == nil:
		t.fail(badF)
		return
	case set.kind != eventSet || f == set:
		t.fail(inval)
		return
	case a[1] == epollDel:
		delete(set.watch, a[2])
	case a[1] != epollAdd && a[1] != epollMod:
		t.fail(inval)
		return
	case !ok || !ok2:
		t.fail(fault)
		return
	case f.kind != eventCounter:
		t.fail(notPermitted) // as for a regular file
		return
	default:
		set.watch[a[2]] = watched{events, data}
	}
	t.answer(0)
}

func epollPwait(t *thread, a args) {
	set := t.p.files.get(a[0])
	switch {
	case set == nil:
		t.fail(badF)
		return
	case set.kind != eventSet || int32(a[2]) <= 0:
		t.fail(inval)
		return
	}
	n, e := t.poll(a)
	switch {
	case e != 0:
		t.fail(e)
	case n > 0 || int32(a[3]) == 0:
		t.answer(n)
	default:
		ns := uint64(forever)
		if ms := int32(a[3]); ms > 0 {
			ns = uint64(ms) * 1e6
		}
		t.polls = true
		t.sleep(ns, 0)
	}
}

// poll writes the events of a set that have come, and returns their number.
func (t *thread) poll(a args) (n uint64, e errno) {
	for fd, w := range t.p.files.get(a[0]).watch {
		if f := t.p.files.get(fd); f == nil || f.count == 0 || w.events&epollIn == 0 || n == uint64(int32(a[2])) {
			continue
		}
		if at := a[1] + 16*n; !t.p.store32(at, epollIn) || !t.p.store64(at+8, w.data) {
			return 0, fault
		}
		n++
	}
	return n, 0
}

// pollAgain looks for all threads that wait for files whether something has come.
func (p *Process) pollAgain() {
	for _, t := range p.threads {
		if !t.polls {
			continue
		}
		a := args(t.X[regA0 : regA0+6])
		if f := p.files.get(a[0]); f == nil || f.kind != eventSet {
			t.wake(badF.result())
		} else if n, e := t.poll(a); e != 0 {
			t.wake(e.result())
		} else if n > 0 {
			t.wake(n)
		}
	}
}
