package vfs

import (
	"slices"
	"syscall"
)

// Set is a set of files of which is told what they are ready for (epoll): itself a stream
// that is ready when one of them is.
type Set struct {
	watches []*watch
	queue   Queue
	ns      *Namespace // counts them
	next    int        // which watch is asked first
}

// watch is a file in a set.
type watch struct {
	set    *Set
	fd     uint64
	file   *File
	events Events
	data   uint64
	waiter Waiter
	due    bool // something has changed since it was last found unready
	spent  bool // it was told of once, and was to be told of once
}

// Flags of a watch beside events (uapi/linux/eventpoll.h).
const (
	EdgeTriggered Events = 1 << 31
	OneShot       Events = 1 << 30
)

// Report is what a file in a set is ready for.
type Report struct {
	Events Events
	Data   uint64
}

// NewSet returns an empty set of files of a name space.
func NewSet(ns *Namespace) *Set { return &Set{ns: ns} }

// maxNested bounds how deep sets may watch sets: to look at one is to look at all below it, on
// each way that leads there.
const maxNested = 1

// maxWatches bounds the watches of a name space's sets. One file has many, for its descriptors
// are told apart.
const maxWatches = 512

// Add watches a file by a descriptor. It fails with EPERM for one that never lets wait, with
// ENOSPC if the name space has too many watches.
func (s *Set) Add(fd uint64, f *File, events Events, data uint64) error {
	switch {
	case f.Queue() == nil:
		return syscall.EPERM
	case s.find(fd, f) != nil:
		return syscall.EEXIST
	case f.Content == s:
		return syscall.EINVAL
	case f.Content != nil && nests(f, s, maxNested):
		return syscall.ELOOP
	case s.ns.watches == maxWatches:
		return syscall.ENOSPC
	}
	s.ns.watches++
	w := &watch{set: s, fd: fd, file: f}
	w.waiter.Wake = w.wake
	f.Queue().Add(&w.waiter)
	if f.watched == nil {
		f.watched = map[*watch]struct{}{}
	}
	f.watched[w] = struct{}{}
	s.watches = append(s.watches, w)
	w.arm(events, data)
	return nil
}

// nests reports whether a file is a set that watches s, or watches too deep.
func nests(f *File, s *Set, left int) bool {
	inner, ok := f.Content.(*Set)
	switch {
	case !ok:
		return false
	case inner == s || left == 0:
		return true
	}
	return slices.ContainsFunc(inner.watches, func(w *watch) bool { return nests(w.file, s, left-1) })
}

// Modify changes what a file is watched for.
func (s *Set) Modify(fd uint64, f *File, events Events, data uint64) error {
	w := s.find(fd, f)
	if w == nil {
		return syscall.ENOENT
	}
	w.arm(events, data)
	return nil
}

// Remove ends the watch of a file.
func (s *Set) Remove(fd uint64, f *File) error {
	w := s.find(fd, f)
	if w == nil {
		return syscall.ENOENT
	}
	w.end()
	return nil
}

func (s *Set) find(fd uint64, f *File) *watch {
	for _, w := range s.watches {
		if w.fd == fd && w.file == f {
			return w
		}
	}
	return nil
}

func (w *watch) arm(events Events, data uint64) {
	w.events, w.data, w.spent = events|Err|Hup, data, false
	w.wake()
}

// wake is called when the file has changed.
func (w *watch) wake() {
	if w.due = true; w.ready() != 0 {
		w.set.queue.Notify()
	}
}

// ready returns what is to be told of.
func (w *watch) ready() Events {
	if !w.due || w.spent {
		return 0
	}
	return w.file.Ready() & w.events
}

// end takes the file out of the set.
func (w *watch) end() {
	w.set.ns.watches--
	w.waiter.Remove()
	delete(w.file.watched, w)
	w.set.watches = slices.DeleteFunc(w.set.watches, func(x *watch) bool { return x == w })
}

// Collect calls take for files that are ready for something, as long as it returns true, and
// those first that were not asked the last time.
func (s *Set) Collect(take func(Report) bool) {
	n := len(s.watches)
	for i := range n {
		w := s.watches[(s.next+i)%n]
		events := w.ready()
		if events == 0 {
			w.due = false
			continue
		}
		if !take(Report{events, w.data}) {
			s.next = (s.next + i) % n
			return
		}
		w.due = w.events&EdgeTriggered == 0
		w.spent = w.events&OneShot != 0
	}
	s.next = 0
}

// Read and Write of a set fail.
func (s *Set) Read([]byte) (int, error)  { return 0, syscall.EINVAL }
func (s *Set) Write([]byte) (int, error) { return 0, syscall.EINVAL }

// Ready says that a set can be read when a file of it is ready.
func (s *Set) Ready() Events {
	if slices.ContainsFunc(s.watches, func(w *watch) bool { return w.ready() != 0 }) {
		return In
	}
	return 0
}

// Queue is who waits for a file of the set.
func (s *Set) Queue() *Queue { return &s.queue }

// Close ends all watches.
func (s *Set) Close() error {
	for len(s.watches) > 0 {
		s.watches[len(s.watches)-1].end()
	}
	return nil
}
