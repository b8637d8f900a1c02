package farfs

import (
	"errors"
	"sync"
	"syscall"
	"time"

	"atoll/user/coroutine"
	"atoll/user/vfs"
)

// FS is a file system, for the loop.
type FS struct {
	calls     *coroutine.Group
	number    uint64
	do        func(func())
	root      *node
	lastID    uint64
	open      int   // files that are
	kept      int64 // bytes of copies
	most      int64 // that they may be
	closed    bool
	timer     *time.Timer // of the goroutine
	locks     Locker      // nil: there are no locks
	leaser    Leaser      // nil: no file is mapped to be stored to
	lastOwner uint64      // of locks
	lastWait  uint64      // for one

	mu   sync.Mutex
	jobs []job // one for each call that waits, and the ends of files
	came sync.Cond
}

// job is a question on its way to the server, and what is done with the answer, in the loop.
type job struct {
	work func(s Server) answer
	land func(a answer)
	idle bool
}

// answer is an answer to any question.
type answer struct {
	err  error
	info Info
	node *node // what that is of
	list []vfs.Entry
	data []byte
	n    int
	end  int64 // of a file that was written at its end
	stat vfs.SystemStat
	lock *vfs.Lock
}

// New returns the file system of a server. number tells it from others; calls are those that may wait, and do has their loop
// call a function. Copies of files that run or are mapped are at most so many bytes.
func New(s Server, number uint64, calls *coroutine.Group, do func(func()), mostKept int64) *FS {
	calls.Use()
	fs := &FS{calls: calls, number: number, do: do, most: mostKept}
	fs.came.L = &fs.mu
	fs.locks, _ = s.(Locker)
	fs.leaser, _ = s.(Leaser)
	fs.root = fs.newNode(nil, "", Info{Attr: vfs.Attr{Mode: syscall.S_IFDIR | 0o755, Links: 1}})
	go fs.serve(s)
	return fs
}

// Root is its root directory.
func (fs *FS) Root() vfs.Directory { return dir{fs.root} }

// put gives the server a job.
func (fs *FS) put(j job) {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	fs.jobs = append(fs.jobs, j)
	fs.came.Signal()
}

// serve is the server's goroutine: it does jobs until it has detached.
func (fs *FS) serve(s Server) {
	idler, _ := s.(Idler)
	for {
		j := fs.next()
		if j.work == nil {
			if fs.timer != nil {
				fs.timer.Stop()
			}
			return
		}
		a := try(s, j.work)
		fs.do(func() { j.land(a) })
		if idler != nil && !j.idle {
			fs.idle(idler)
		}
	}
}

// idleTime is how long nobody asks before a server has the time for what it has to do.
const idleTime = time.Second

// idle has the server do that, unless somebody asks before.
func (fs *FS) idle(s Idler) {
	if fs.timer != nil {
		fs.timer.Stop()
	}
	fs.timer = time.AfterFunc(idleTime, func() {
		fs.put(job{work: func(Server) answer { s.Idle(); return answer{} }, land: func(answer) {}, idle: true})
	})
}

// next waits for a job.
func (fs *FS) next() job {
	fs.mu.Lock()
	defer fs.mu.Unlock()
	for len(fs.jobs) == 0 {
		fs.came.Wait()
	}
	j := fs.jobs[0]
	fs.jobs = fs.jobs[1:]
	return j
}

// try does a job. What a library panics at is an error of this question.
func try(s Server, work func(s Server) answer) (a answer) {
	defer func() {
		if why := recover(); why != nil {
			s.Broken(why)
			a = answer{err: syscall.EIO}
		}
	}()
	return work(s)
}

// ask puts a question, for which work is done, and waits for the answer. land, unless it is nil, is called with it when it
// comes, whether the caller still waits or has been killed.
func (fs *FS) ask(work func(s Server) answer, land func(a *answer)) (answer, error) {
	if fs.closed {
		return answer{}, syscall.ENODEV
	}
	var got answer
	err := fs.calls.Wait(func(wake func()) {
		fs.put(job{work: work, land: func(a answer) {
			a.err = errnoOf(a.err)
			if land != nil {
				land(&a)
			}
			got = a
			wake()
		}})
	})
	if err == coroutine.ErrNotHere {
		err = syscall.EAGAIN
	}
	if err != nil {
		return answer{}, err
	}
	return got, got.err
}

// errnoOf returns what programs are told.
func errnoOf(err error) error {
	var e syscall.Errno
	switch {
	case err == nil:
		return nil
	case errors.As(err, &e) && e != 0:
		return e
	}
	return syscall.EIO
}

// Attach asks the server for the root.
func (fs *FS) Attach() error {
	_, err := fs.ask(func(s Server) answer {
		info, err := s.Attach()
		return answer{info: info, err: err}
	}, func(a *answer) {
		if a.err == nil {
			fs.root.info = a.info
		}
	})
	return err
}

// Busy reports whether files are open.
func (fs *FS) Busy() bool { return fs.open > 0 }

// Detach ends the file system: what was written is kept when it returns, if it returns no error. While files are open it fails
// with EBUSY.
func (fs *FS) Detach() error {
	if fs.Busy() {
		return syscall.EBUSY
	}
	_, err := fs.ask(func(s Server) answer { return answer{err: s.Detach()} }, func(*answer) {
		if !fs.closed {
			fs.finish()
		}
	})
	return err
}

// End ends the file system, with files open or not. Nobody waits for it.
func (fs *FS) End() {
	if !fs.closed {
		fs.put(job{work: func(s Server) answer { return answer{err: s.Detach()} }, land: func(answer) {}})
		fs.finish()
	}
}

// finish ends the goroutine, behind all that is under way.
func (fs *FS) finish() {
	fs.closed = true
	fs.put(job{})
}
