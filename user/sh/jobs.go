package main

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// jobs are the shell's. Processes are begun, and forgotten when they have ended, with the lock held: a process group
// that a process is to join is there.
type jobs struct {
	terminal *terminal // nil: they are not controlled, and are of the shell's own group
	mu       sync.Mutex
	changed  sync.Cond // a process, a job, or who is in the foreground
	list     []*job    // by number
	front    *job      // for which the prompt waits, or nil
	broken   bool      // the line has been interrupted
	order    int
}

func newJobs(t *terminal) *jobs {
	s := &jobs{terminal: t}
	s.changed.L = &s.mu
	return s
}

// line begins a new line.
func (s *jobs) line() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.broken = false
}

// enter brings a job of the line to the foreground that has no process yet.
func (s *jobs) enter(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.front = j; s.broken {
		j.giveUp(syscall.SIGINT)
	}
}

// leave takes the terminal from the job in the foreground, which is listed if processes of it are left. It returns the
// signal that ended it, or 0, and whether an interrupt gave up the rest of it: what goes on beside it may end any time.
func (s *jobs) leave(j *job) (sig syscall.Signal, interrupted bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.front = nil
	s.regain(j)
	interrupted = j.signal == syscall.SIGINT
	if j.waited = false; !j.over() {
		s.enlist(j)
		return 0, interrupted
	}
	return j.signal, interrupted
}

// add lists a job of the background.
func (s *jobs) add(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.enlist(j)
}

// enlist gives a job the number behind the last, and makes it the current one. The lock is held.
func (s *jobs) enlist(j *job) {
	s.touch(j)
	if j.number == 0 {
		s.makeRoom()
		j.number = 1
		if n := len(s.list); n > 0 {
			j.number = s.list[n-1].number + 1
		}
		s.list = append(s.list, j)
		j.said = "Running"
	}
}

// remembered is how many jobs are listed before the first that has ended is forgotten though nobody has asked.
const remembered = 256

// makeRoom forgets it. The lock is held.
func (s *jobs) makeRoom() {
	if len(s.list) < remembered {
		return
	}
	if i := slices.IndexFunc(s.list, (*job).over); i >= 0 {
		s.list = slices.Delete(s.list, i, i+1)
	}
}

func (s *jobs) touch(j *job) { s.order++; j.order = s.order }

// beginTime bounds how long the shell waits for a program of the background to begin: of its own commands some wait without one.
const beginTime = time.Second

// begun waits until the statement of a job of the background has begun a program, or has ended: kill -1 behind it finds that.
func (s *jobs) begun(j *job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	late := false
	defer time.AfterFunc(beginTime, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		late = true
		s.changed.Broadcast()
	}).Stop()
	for j.busy && len(j.processes) == 0 && !late {
		s.changed.Wait()
	}
}

// finish says that the statement of a job of the background has ended; given up, by the signal that did that.
func (s *jobs) finish(j *job, status int, givenUp bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if givenUp && j.signal != 0 {
		status = 128 + int(j.signal)
	}
	if j.busy, j.status = false, status; status != 128+int(j.signal) {
		j.signal = 0 // one of its processes ended by it, and it went on
	}
	s.changed.Broadcast()
}

// regain takes the terminal back. What a job has set that ended by itself is kept. The lock is held.
func (s *jobs) regain(j *job) {
	if s.terminal == nil {
		return
	}
	s.terminal.lend(s.terminal.own)
	j.lent = false
	now := s.terminal.now()
	if j.over() && j.signal == 0 {
		s.terminal.settings = now
		return
	}
	j.settings = now
	s.terminal.set(s.terminal.settings)
}

// begin begins a process of a job, unless that has been given up. In the foreground it has the terminal, and has it
// before it executes its program: where that is to run depends on it.
func (s *jobs) begin(ctx context.Context, j *job, path string, args []string, attr *syscall.ProcAttr) (*process, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	front := s.terminal != nil && s.front == j
	if s.terminal != nil {
		attr.Sys = &syscall.SysProcAttr{Setpgid: true, Pgid: j.group}
	}
	switch {
	case front && j.group == 0: // which is not there yet
		attr.Sys.Foreground, attr.Sys.Ctty = true, s.terminal.fd
	case front && !j.lent:
		s.terminal.lend(j.group)
	}
	pid, err := syscall.ForkExec(path, args, attr)
	if err != nil {
		if front && j.group == 0 {
			s.terminal.lend(s.terminal.own)
		}
		return nil, err
	}
	j.lent = j.lent || front
	p := &process{pid: pid}
	j.processes[pid], j.signal = p, 0
	s.changed.Broadcast()
	if s.terminal != nil && j.group == 0 {
		j.group = pid
	}
	if j.awaits != 0 {
		j.kill(j.awaits)
		j.awaits = 0
	}
	if j.number == 0 && !j.waited {
		s.enlist(j) // it was to be over, but for something that it has begun in the background
	}
	go s.watch(j, p)
	return p, nil
}

// watch waits for what becomes of a process, until its end. Where jobs are not controlled one that is stopped is one that goes on: who has stopped it
// continues it, and is about to stop this shell, too, if that is a key.
func (s *jobs) watch(j *job, p *process) {
	any, news := unix.WEXITED, syscall.WNOHANG
	if s.terminal != nil {
		any, news = any|unix.WSTOPPED|unix.WCONTINUED, news|syscall.WUNTRACED|syscall.WCONTINUED
	}
	for !p.ended {
		var info unix.Siginfo
		if err := unix.Waitid(unix.P_PID, p.pid, &info, any|unix.WNOWAIT, nil); err == unix.EINTR {
			continue
		}
		s.mu.Lock()
		var status syscall.WaitStatus
		pid, err := syscall.Wait4(p.pid, &status, news, nil)
		switch {
		case err != nil && err != syscall.EINTR:
			status = 127 << 8 // somebody else has waited for it
			fallthrough
		case pid == p.pid && (status.Exited() || status.Signaled()):
			s.ended(j, p, status)
		case pid == p.pid && early(status) && j == s.front && !p.early:
			p.early = true
			syscall.Kill(-j.group, syscall.SIGCONT)
		case pid == p.pid:
			p.stopped, p.status = status.Stopped(), status
			if p.stopped && j == s.front && j.waited {
				j.cancel()
			}
		}
		s.changed.Broadcast()
		s.mu.Unlock()
	}
}

// early reports whether a process is stopped that has used the terminal before its job had that.
func early(status syscall.WaitStatus) bool {
	return status.Stopped() && (status.StopSignal() == syscall.SIGTTIN || status.StopSignal() == syscall.SIGTTOU)
}

// ended forgets a process. An interrupt of the foreground gives up the rest of the statement; between two processes of
// it the shell has the terminal.
func (s *jobs) ended(j *job, p *process, status syscall.WaitStatus) {
	p.ended, p.stopped, p.status = true, false, status
	delete(j.processes, p.pid)
	j.signal = 0
	if j.status = status.ExitStatus(); status.Signaled() {
		j.signal, j.status = status.Signal(), 128+int(status.Signal())
	}
	if j.signal == syscall.SIGINT && j == s.front {
		j.cancel()
	}
	if len(j.processes) > 0 {
		return
	}
	if j.group, j.lent = 0, false; j == s.front && s.terminal != nil {
		s.terminal.lend(s.terminal.own)
	}
}

// await waits for the end of a process, and returns its status. If the prompt waits for its statement it does not wait for
// one that is stopped.
func (s *jobs) await(j *job, p *process) syscall.WaitStatus {
	s.mu.Lock()
	defer s.mu.Unlock()
	for !p.ended && !(p.stopped && j.waited) {
		s.changed.Wait()
	}
	return p.status
}

// key passes the signal of a key on to the job in the foreground, to which the terminal is just being lent. If that has no
// process an interrupt gives up the rest of the line.
func (s *jobs) key(sig syscall.Signal) {
	s.mu.Lock()
	defer s.mu.Unlock()
	switch j := s.front; {
	case j != nil && j.group != 0:
		syscall.Kill(-j.group, sig)
	case sig == syscall.SIGINT:
		if s.broken = true; j != nil {
			j.giveUp(sig)
		}
	}
	s.changed.Broadcast()
}

// goOn has a stopped job go on. The lock is held.
func (s *jobs) goOn(j *job) {
	j.resumed()
	if j.group != 0 {
		syscall.Kill(-j.group, syscall.SIGCONT)
	}
	j.said = "Running"
}

// foreground has a job go on in the foreground, and waits until it has ended or is stopped. It returns its status.
func (s *jobs) foreground(j *job, out io.Writer) int {
	s.mu.Lock()
	defer s.mu.Unlock()
	was := s.front
	s.front = j
	s.touch(j)
	fmt.Fprintln(out, j.text)
	if j.settings != nil {
		s.terminal.set(j.settings)
	}
	if j.group != 0 {
		s.terminal.lend(j.group)
		j.lent = true
	}
	s.goOn(j)
	for !j.over() && !j.stopped() {
		s.changed.Wait()
	}
	s.front = was
	s.regain(j)
	if !j.over() {
		s.touch(j)
		return 128 + int(syscall.SIGTSTP)
	}
	s.forget(j)
	if was != nil {
		was.signal = j.signal
	}
	return j.status
}

// background has a job go on in the background.
func (s *jobs) background(j *job, out io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.goOn(j)
	s.touch(j)
	fmt.Fprintf(out, "[%d]  %s &\n", j.number, j.text)
}

// kill sends a job a signal.
func (s *jobs) kill(j *job, sig syscall.Signal) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return j.kill(sig)
}

// wait waits until jobs have ended, or ctx is over, and returns the status of the last of them.
func (s *jobs) wait(ctx context.Context, which []*job) (status int) {
	defer context.AfterFunc(ctx, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		s.changed.Broadcast()
	})()
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, j := range which {
		for !j.over() && !j.stopped() {
			if ctx.Err() != nil {
				return 128 + int(syscall.SIGINT)
			}
			s.changed.Wait()
		}
		if status = j.status; j.stopped() {
			status = 128 + int(syscall.SIGTSTP)
		}
	}
	return status
}

func (s *jobs) forget(j *job) {
	s.list = slices.DeleteFunc(s.list, func(o *job) bool { return o == j })
}

// owner returns whose jobs those are that a statement of j begins beside itself: nil for the shell's own.
func (s *jobs) owner(j *job) *job {
	s.mu.Lock()
	defer s.mu.Unlock()
	if j.waited {
		return nil
	}
	return j
}

// of returns the jobs of an owner.
func (s *jobs) of(owner *job) []*job {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.DeleteFunc(slices.Clone(s.list), func(j *job) bool { return j.owner != owner })
}

// forgetOver forgets which of them have ended, where nobody is told at a prompt.
func (s *jobs) forgetOver(which []*job) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = slices.DeleteFunc(s.list, func(j *job) bool { return s.terminal == nil && j.over() && slices.Contains(which, j) })
}

func (s *jobs) isStopped(j *job) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return j.stopped()
}

func (s *jobs) anyStopped() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.ContainsFunc(s.list, (*job).stopped)
}

// current returns the job that % means, and the one before it, %-: one that is stopped comes first.
func (s *jobs) current() (current, previous *job) {
	byOrder := slices.SortedFunc(slices.Values(s.list), func(a, b *job) int {
		if a.stopped() != b.stopped() {
			if a.stopped() {
				return -1
			}
			return 1
		}
		return b.order - a.order
	})
	byOrder = append(byOrder, nil, nil)
	return byOrder[0], byOrder[1]
}

// find returns the job that a word means: %1, %, %+, %%, %-, %beginning, or a number alone.
func (s *jobs) find(word string) (*job, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	current, previous := s.current()
	name := strings.TrimPrefix(word, "%")
	var found []*job
	switch name {
	case "", "+", "%":
		found = []*job{current}
	case "-":
		found = []*job{previous}
	default:
		for _, j := range s.list {
			if name == fmt.Sprint(j.number) || name != word && strings.HasPrefix(j.text, name) {
				found = append(found, j)
			}
		}
	}
	switch {
	case len(found) > 1:
		return nil, fmt.Errorf("%s: more than one job begins so", word)
	case len(found) == 0 || found[0] == nil:
		return nil, fmt.Errorf("%s: there is no such job", word)
	}
	return found[0], nil
}

// report says what has become of jobs since the last time, where they are controlled, but not of each of a loop that it is done.
func (s *jobs) report(out io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.list = slices.DeleteFunc(s.list, func(j *job) bool { return j.beside && j.state() == "Done" })
	s.print(out, func(j *job) bool { return s.terminal != nil && j.said != j.state() })
}

// show prints the list.
func (s *jobs) show(out io.Writer) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.print(out, func(*job) bool { return true })
}

// print prints those of the list that are wanted, and forgets who has ended and was shown. The lock is held.
func (s *jobs) print(out io.Writer, wanted func(*job) bool) {
	current, previous := s.current()
	for _, j := range slices.Clone(s.list) {
		if !wanted(j) {
			continue
		}
		mark, text := ' ', j.text
		switch j {
		case current:
			mark = '+'
		case previous:
			mark = '-'
		}
		if j.said = j.state(); j.said == "Running" {
			text += " &"
		}
		fmt.Fprintf(out, "[%d]%c  %-22s  %s\n", j.number, mark, j.said, text)
		if j.over() {
			s.forget(j)
		}
	}
}
