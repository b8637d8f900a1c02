package main

import (
	"fmt"
	"maps"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"
)

// job is a statement with the processes that it has begun, which are a process group.
type job struct {
	number    int // in the list, from 1; 0 while it is not in it
	text      string
	beside    bool             // it was begun in another's statement
	owner     *job             // in whose statement it was begun, if that was not carried out by the shell's own interpreter
	group     int              // 0 while it has no process
	lent      bool             // the group has the terminal
	processes map[int]*process // that have not ended, by id
	busy      bool             // the statement goes on, in the background
	waited    bool             // the shell's own interpreter carries it out: what is stopped is left then
	cancel    func()           // gives up the rest of the statement
	status    int              // of the statement, or of the process that ended last
	signal    syscall.Signal   // by which that process has ended, or 0
	settings  *unix.Termios    // of the terminal, when it was stopped
	order     int              // when it was stopped, begun or brought to the foreground last
	awaits    syscall.Signal   // that was sent before it had a process, or 0
	said      string           // what the list last showed of it
}

// process is one of a job.
type process struct {
	pid            int
	early          bool // it has used the terminal before it could, and was continued
	stopped, ended bool
	status         syscall.WaitStatus
}

func newJob(text string) *job {
	return &job{text: text, processes: map[int]*process{}, cancel: func() {}}
}

// over reports whether all has ended.
func (j *job) over() bool { return !j.busy && len(j.processes) == 0 }

// stopped reports whether all that have not ended are stopped.
func (j *job) stopped() bool {
	for _, p := range j.processes {
		if !p.stopped {
			return false
		}
	}
	return len(j.processes) > 0
}

// state is what a job does, in a word.
func (j *job) state() string {
	switch {
	case j.stopped():
		return "Stopped"
	case !j.over():
		return "Running"
	case j.signal != 0:
		return capital(j.signal.String())
	case j.status != 0:
		return fmt.Sprintf("Exit %d", j.status)
	}
	return "Done"
}

// giveUp gives up the rest of the statement, for a signal.
func (j *job) giveUp(sig syscall.Signal) {
	j.signal = sig
	j.cancel()
}

// kill sends its processes a signal, or the one that it is about to begin. One that ends processes gives up the rest of the
// statement, too.
func (j *job) kill(sig syscall.Signal) error {
	ends := slices.Contains(ending, sig)
	if ends && j.busy {
		j.giveUp(sig)
	}
	if len(j.processes) == 0 {
		j.awaits = sig
		return nil
	}
	stopped := j.stopped()
	for _, id := range j.ids() {
		if err := syscall.Kill(id, sig); err != nil {
			return err
		}
		if ends && stopped {
			syscall.Kill(id, syscall.SIGCONT) // it ends when it goes on
		}
	}
	if sig == syscall.SIGCONT {
		j.resumed()
	}
	return nil
}

// resumed notes that its processes have been told to go on. The news that they do comes later, from another core much.
func (j *job) resumed() {
	for _, p := range j.processes {
		p.stopped = false
	}
}

// ids is what to call kill with: its group, or without one its processes.
func (j *job) ids() []int {
	if j.group != 0 {
		return []int{-j.group}
	}
	return slices.Collect(maps.Keys(j.processes))
}

// ending are the signals with which somebody ends a job.
var ending = []syscall.Signal{syscall.SIGHUP, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGKILL, syscall.SIGTERM}

func capital(word string) string { return string(word[0]-'a'+'A') + word[1:] }
