package main

import (
	"context"
	"fmt"
	"io"
	"os"
	"path"
	"strconv"
	"strings"
	"sync"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// beside is what a statement, such as a loop, has begun with & beside itself: a job. The interpreter would carry it out with the files of the statement,
// which are closed when that is over, and tell nobody. So it is written anew (besideForm): ((beside)) lists the job and has copies of the files, of which
// the rest opens one each by a name that no folder has, and the last closing is the job's end.
type beside struct {
	job     *job
	ctx     context.Context // over when the job is given up
	mu      sync.Mutex
	files   [3]*os.File // that nobody has opened yet
	disowns func() bool // ends the watch for a statement that is given up before it opens them; false: it was
	ended   bool        // with this status
	status  int
}

// besideName is the variable that says in which of these a statement is: numbers, the last of which is its own; those before, of whom it is begun by.
const besideName = "BESIDE"

// besideWords are builtins that nobody types.
const besideWord, endedWord, begunWord = "((beside))", "((ended))", "((begun))"

// besideFiles is how the names of the copied files begin.
const besideFiles = "/((beside))/"

// besideForm is what becomes of X &, with X in place of the colon: whatever X does, and if it exits, its status is said.
const besideForm = `'` + besideWord + `' && { if (:); then '` + endedWord + `'; else '` + endedWord + `'; fi >"` + besideFiles + `$BESIDE/1" 2>"` + besideFiles +
	`$BESIDE/2" <"` + besideFiles + `$BESIDE/0" & '` + begunWord + `'; }`

// markBeside writes what a statement begins beside itself anew.
func markBeside(stmt *syntax.Stmt) {
	var which []*syntax.Stmt
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if st, is := n.(*syntax.Stmt); is && st != stmt && st.Background {
			which = append(which, st)
		}
		return true
	})
	for _, st := range which {
		what := *st
		what.Background = false
		*st = *besideOf(&what)
		st.Position = what.Position
	}
}

// besideOf is the form for a statement.
func besideOf(what *syntax.Stmt) *syntax.Stmt {
	file, err := syntax.NewParser().Parse(strings.NewReader(besideForm), "")
	if err != nil {
		panic(err) // it is the constant above
	}
	words := []*syntax.Word{literally(text(what))}
	if begins(what) {
		words = append(words, literally("begins"))
	}
	syntax.Walk(file, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Subshell:
			n.Stmts = []*syntax.Stmt{what}
			return false
		case *syntax.CallExpr:
			if name := n.Args[0].Parts[0].(*syntax.SglQuoted); name.Value != endedWord {
				n.Args = append(n.Args, words...)
			}
		}
		return true
	})
	return file.Stmts[0]
}

func literally(word string) *syntax.Word {
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: word}}}
}

// besides are those of a shell that go on, by number.
type besides struct {
	mu   sync.Mutex
	last int
	all  map[int]*beside
}

// add numbers one.
func (s *besides) add(b *beside) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[int]*beside{}
	}
	s.last++
	s.all[s.last] = b
	return s.last
}

// find returns the one that the variable names, or nil.
func (s *besides) find(name string) *beside {
	n, err := strconv.Atoi(path.Base(name))
	if err != nil {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.all[n]
}

func (s *besides) remove(n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, n)
}

// whose returns the job for which the interpreter does something, and a context that is over when it is given up.
func (s *shell) whose(ctx context.Context, hc interp.HandlerContext) (context.Context, *job) {
	if b := s.besides.find(hc.Env.Get(besideName).String()); b != nil {
		return b.ctx, b.job
	}
	return ctx, ctx.Value(jobKey{}).(*job)
}

// beside lists a job that is about to begin, of this text.
func (s *shell) beside(c call) (int, error) {
	hc := c.hc
	if s.jobs.terminal == nil {
		hc.Stdin = nil // it would take what the statement, or the shell, is to read
	}
	files, err := copied(hc)
	if err != nil {
		return 0, err
	}
	j := newJob(c.args[0])
	j.beside, j.busy, j.owner = true, true, s.jobs.owner(c.job)
	b := &beside{job: j, files: files}
	b.ctx, j.cancel = context.WithCancel(c.interpreter)
	n := s.besides.add(b)
	s.jobs.add(j)
	b.disowns = context.AfterFunc(c.interpreter, func() {
		b.close()
		s.besideOver(n, b)
	})
	return 0, c.hc.Builtin(c.interpreter, []string{"eval", fmt.Sprintf("%s=%s/%d %s=%%%d", besideName, c.hc.Env.Get(besideName), n, lastJob, j.number)})
}

// begun waits until it has begun, and has the statement no longer be in it.
func (s *shell) begun(c call) (int, error) {
	name := c.hc.Env.Get(besideName).String()
	if b := s.besides.find(name); b != nil && len(c.args) > 1 {
		s.jobs.begun(b.job)
	}
	outer, _ := path.Split(name)
	return 0, c.hc.Builtin(c.interpreter, []string{"eval", besideName + "=" + strings.TrimSuffix(outer, "/")})
}

// ended notes the status of the statement.
func (s *shell) ended(c call) (int, error) {
	if b := s.besides.find(c.hc.Env.Get(besideName).String()); b != nil {
		b.ended, b.status = true, c.hc.LastExitStatus
	}
	return 0, nil
}

// besideOver says that a job is over: its statement is, or was given up.
func (s *shell) besideOver(n int, b *beside) {
	status, givenUp := 128+int(syscall.SIGINT), b.ctx.Err() != nil
	if b.ended {
		status = b.status
	}
	s.besides.remove(n)
	s.jobs.finish(b.job, status, givenUp)
	b.job.cancel()
}

// besideFile opens a copy: output first, whose closing is the end.
func (s *shell) besideFile(name string) (io.ReadWriteCloser, error) {
	name, number := path.Split(name)
	name = path.Clean(name)
	b := s.besides.find(name)
	which := strings.Index("012", number)
	if b == nil || which < 0 {
		return nil, &os.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
	}
	if which == 1 && !b.disowns() {
		return nil, context.Canceled
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	f := b.files[which]
	if b.files[which] = nil; f == nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: syscall.ENOENT}
	}
	switch which {
	case 0:
		return f, nil
	case 2:
		return &closing{File: f}, nil
	}
	return &closing{File: f, before: func() { // who reads the end of it finds the job over
		b.close()
		n, _ := strconv.Atoi(path.Base(name))
		s.besideOver(n, b)
	}}, nil
}

// close closes what nobody has opened.
func (b *beside) close() {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i, f := range b.files {
		closeCopy(f)
		b.files[i] = nil
	}
}

// copied returns copies of the files of a statement. The shell's own output, which stays open, is its own copy: there may be many.
func copied(hc interp.HandlerContext) (list [3]*os.File, err error) {
	files, err := filesOf(hc)
	if err != nil {
		return list, err
	}
	defer files.close()
	for i, f := range files.all {
		if isOwnOutput(f) {
			list[i] = f
			continue
		}
		fd, err := unix.FcntlInt(f.Fd(), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			for _, f := range list[:i] {
				closeCopy(f)
			}
			return list, os.NewSyscallError("dup", err)
		}
		list[i] = os.NewFile(uintptr(fd), f.Name())
	}
	return list, nil
}

func isOwnOutput(f *os.File) bool { return f == os.Stdout || f == os.Stderr }

func closeCopy(f *os.File) error {
	if f == nil || isOwnOutput(f) {
		return nil
	}
	return f.Close()
}

// closing is a file of the shell's own whose closing means something.
type closing struct {
	*os.File
	before, then func() // or nil
}

func (c *closing) Close() error {
	if c.before != nil {
		c.before()
	}
	err := closeCopy(c.File)
	if c.then != nil {
		c.then()
	}
	return err
}
