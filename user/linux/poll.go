package linux

import (
	"syscall"

	"atoll/user/pipe"
	"atoll/user/vfs"
)

// Pipes, event counters, and the waiting for several files.

const pipeCapacity = pipe.Capacity

// pipe2 makes a pipe and stores the descriptors of its ends.
func pipe2(t *thread, a args) {
	if a[1]&^(syscall.O_CLOEXEC|syscall.O_NONBLOCK|syscall.O_DIRECT) != 0 {
		t.fail(inval)
		return
	}
	r, w := pipe.New(&t.p.sys.pipes)
	flags := int(a[1] & syscall.O_NONBLOCK)
	end := a[1]&syscall.O_CLOEXEC != 0
	rfd, err := t.add(vfs.NewFile(r, flags|syscall.O_RDONLY, "pipe:"), end)
	if err != nil {
		t.reply(err)
		return
	}
	wfd, err := t.add(vfs.NewFile(w, flags|syscall.O_WRONLY, "pipe:"), end)
	if err == nil && !(t.p.store32(a[0], uint32(rfd)) && t.p.store32(a[0]+4, uint32(wfd))) {
		t.p.files.Close(wfd)
		err = syscall.EFAULT
	}
	if err != nil {
		t.p.files.Close(rfd)
	}
	t.reply(err)
}

func eventfd2(t *thread, a args) {
	const semaphore = 1
	if a[1]&^(semaphore|syscall.O_CLOEXEC|syscall.O_NONBLOCK) != 0 {
		t.fail(inval)
		return
	}
	c := pipe.NewCounter(uint64(uint32(a[0])), a[1]&semaphore != 0)
	f := vfs.NewFile(c, syscall.O_RDWR|int(a[1]&syscall.O_NONBLOCK), "anon_inode:[eventfd]")
	t.result(t.add(f, a[1]&syscall.O_CLOEXEC != 0))
}

func epollCreate1(t *thread, a args) {
	if a[0]&^syscall.O_CLOEXEC != 0 {
		t.fail(inval)
		return
	}
	f := vfs.NewFile(vfs.NewSet(t.p.fs.NS), syscall.O_RDWR, "anon_inode:[eventpoll]")
	t.result(t.add(f, a[0]&syscall.O_CLOEXEC != 0))
}

// set returns the set of files that a descriptor names.
func (t *thread) setOf(fd uint64) (*vfs.Set, error) {
	f, err := t.file(fd)
	if err != nil {
		return nil, err
	}
	if s, ok := f.Content.(*vfs.Set); ok {
		return s, nil
	}
	return nil, syscall.EINVAL
}

// Operations of epoll (uapi/linux/eventpoll.h).
const (
	epollAdd = 1
	epollDel = 2
	epollMod = 3
)

func epollCtl(t *thread, a args) {
	f, err := t.file(a[2])
	s, err2 := t.setOf(a[0])
	if err == nil {
		err = err2
	}
	if err != nil {
		t.reply(err)
		return
	}
	fd := uint64(uint32(a[2]))
	if a[1] == epollDel {
		t.reply(s.Remove(fd, f))
		return
	}
	events, ok := t.p.load32(a[3])
	data, ok2 := t.p.load64(a[3] + 8)
	switch {
	case !ok || !ok2:
		err = syscall.EFAULT
	case a[1] == epollAdd:
		err = s.Add(fd, f, vfs.Events(events), data)
	case a[1] == epollMod:
		err = s.Modify(fd, f, vfs.Events(events), data)
	default:
		err = syscall.EINVAL
	}
	t.reply(err)
}

func epollPwait(t *thread, a args) {
	s, err := t.setOf(a[0])
	if err == nil && int32(a[2]) <= 0 {
		err = syscall.EINVAL
	}
	if err != nil {
		t.reply(err)
		return
	}
	if !t.holdOffAt(a[4], a[5]) {
		return
	}
	n := uint64(0)
	s.Collect(func(r vfs.Report) bool {
		at := a[1] + 16*n
		if n == uint64(int32(a[2])) {
			return false
		}
		if !t.p.store32(at, uint32(r.Events)) || !t.p.store64(at+8, r.Data) {
			err = syscall.EFAULT
			return false
		}
		n++
		return true
	})
	ns := uint64(forever)
	if ms := int32(a[3]); ms >= 0 {
		ns = uint64(ms) * 1e6
	}
	if err == nil && n == 0 && t.blockFor(ns, s.Queue()) {
		return
	}
	t.result(n, err)
}

// pollFD is the size of a struct pollfd: a descriptor, what is asked, what is answered.
const pollFD = 8

// notOpen is answered for a descriptor that names no file.
const notOpen = 0x20

func ppoll(t *thread, a args) {
	ns, e := t.p.loadBound(a[2])
	if e != 0 {
		t.fail(e)
		return
	}
	if a[1] > uint64(t.p.files.Limit()) {
		t.fail(inval)
		return
	}
	if !t.holdOffAt(a[3], a[4]) {
		return
	}
	b := make([]byte, a[1]*pollFD)
	if _, err := t.p.read(a[0], b); err != nil {
		t.fail(fault)
		return
	}
	n := uint64(0)
	var queues []*vfs.Queue
	for at := 0; at < len(b); at += pollFD {
		events, queue := t.ready(int32(le.Uint32(b[at:])), vfs.Events(le.Uint16(b[at+4:])))
		le.PutUint16(b[at+6:], uint16(events))
		if events != 0 {
			n++
		}
		if queue != nil {
			queues = append(queues, queue)
		}
	}
	if n == 0 && t.blockFor(ns, queues...) {
		return
	}
	if _, err := t.p.write(a[0], b); err != nil {
		t.fail(fault)
		return
	}
	t.answer(n)
}

// ready returns which of some events a descriptor is ready for, and who waits for more.
func (t *thread) ready(fd int32, events vfs.Events) (vfs.Events, *vfs.Queue) {
	if fd < 0 {
		return 0, nil
	}
	f, err := t.file(uint64(fd))
	if err != nil {
		return notOpen, nil
	}
	return f.Ready() & (events | vfs.Err | vfs.Hup), f.Queue()
}

// pselect6 is ppoll for sets of bits.
func pselect6(t *thread, a args) {
	ns, e := t.p.loadBound(a[4])
	if e != 0 {
		t.fail(e)
		return
	}
	if int32(a[0]) < 0 {
		t.fail(inval)
		return
	}
	if !t.selectMask(a[5]) {
		return
	}
	size := (min(a[0], vfs.MaxFiles) + 63) / 64 * 8
	s := selection{t: t}
	var sets [3][]byte
	for i, events := range []vfs.Events{vfs.In | vfs.Hup | vfs.Err, vfs.Out | vfs.Err, 0} {
		if a[1+i] == 0 {
			continue
		}
		sets[i] = make([]byte, size)
		if _, err := t.p.read(a[1+i], sets[i]); err != nil {
			t.fail(fault)
			return
		}
		s.look(sets[i], int(min(a[0], vfs.MaxFiles)), events)
	}
	switch {
	case s.bad:
		t.fail(badF)
		return
	case s.n == 0 && t.blockFor(ns, s.queues...):
		return
	}
	for i, set := range sets {
		if set == nil {
			continue
		}
		if _, err := t.p.write(a[1+i], set); err != nil {
			t.fail(fault)
			return
		}
	}
	t.answer(s.n)
}

// selectMask takes the mask of a pselect6, whose address and size stand in memory.
func (t *thread) selectMask(at uint64) bool {
	if at == 0 {
		return true
	}
	mask, ok := t.p.load64(at)
	size, ok2 := t.p.load64(at + 8)
	if !ok || !ok2 {
		t.fail(fault)
		return false
	}
	return t.holdOffAt(mask, size)
}

// selection is what a pselect6 finds.
type selection struct {
	t      *thread
	n      uint64
	queues []*vfs.Queue
	bad    bool
}

// look leaves those bits in a set whose descriptors are ready.
func (s *selection) look(set []byte, n int, events vfs.Events) {
	for fd := range n {
		if set[fd/8]>>(fd%8)&1 == 0 {
			continue
		}
		now, queue := s.t.ready(int32(fd), events)
		switch {
		case now == notOpen:
			s.bad = true
		case now&events != 0:
			s.n++
		default:
			set[fd/8] &^= 1 << (fd % 8)
		}
		if queue != nil {
			s.queues = append(s.queues, queue)
		}
	}
}
