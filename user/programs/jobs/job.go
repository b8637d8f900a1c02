package main

import (
	"fmt"
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"

	"atoll/user/program"
)

// job is a process in a group of its own.
type job struct{ pid int }

// begin begins one that does a work, in the foreground or the background.
func begin(work string, foreground bool) (job, error) {
	cmd := program.Again(work)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true, Foreground: foreground}
	if err := cmd.Start(); err != nil {
		return job{}, err
	}
	return job{cmd.Process.Pid}, nil
}

// wait waits for news of it.
func (j job) wait() (status syscall.WaitStatus, err error) {
	for {
		if _, err = syscall.Wait4(j.pid, &status, syscall.WUNTRACED, nil); err != syscall.EINTR {
			return status, err
		}
	}
}

// stops waits until a signal has stopped it, and takes the terminal.
func (j job) stops(by syscall.Signal) error {
	status, err := j.wait()
	if err == nil && (!status.Stopped() || status.StopSignal() != by) {
		err = fmt.Errorf("status %#x, want a job that %v has stopped", status, by)
	}
	if err != nil {
		return err
	}
	return setForeground(syscall.Getpgrp())
}

// goOn has it go on in the foreground.
func (j job) goOn() error {
	if err := setForeground(j.pid); err != nil {
		return err
	}
	return syscall.Kill(-j.pid, syscall.SIGCONT)
}

// ends waits until it has ended, by a signal or, for 0, as it should, and takes the terminal.
func (j job) ends(by syscall.Signal) error {
	status, err := j.wait()
	if err == nil && (by == 0 && status != 0 || by != 0 && (!status.Signaled() || status.Signal() != by)) {
		err = fmt.Errorf("status %#x, want the end of a job by signal %d", status, by)
	}
	if err != nil {
		return err
	}
	return setForeground(syscall.Getpgrp())
}

// setForeground brings a group to the foreground, for which nobody is stopped who holds the signal off.
// Ignored, it would be so in the jobs, too.
func setForeground(group int) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var before unix.Sigset_t
	held := unix.Sigset_t{Val: [16]uint64{1 << (syscall.SIGTTOU - 1)}}
	if err := unix.PthreadSigmask(unix.SIG_BLOCK, &held, &before); err != nil {
		return err
	}
	defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	if err := unix.IoctlSetPointerInt(0, unix.TIOCSPGRP, group); err != nil {
		return err
	}
	if got, err := unix.IoctlGetInt(0, unix.TIOCGPGRP); err != nil || got != group {
		return fmt.Errorf("the group in the foreground is %d, want %d: %v", got, group, err)
	}
	return nil
}

// stopWriters says whether who writes in the background is stopped.
func stopWriters(stop bool) error {
	s, err := unix.IoctlGetTermios(0, unix.TCGETS)
	if err != nil {
		return err
	}
	s.Lflag &^= unix.TOSTOP
	if stop {
		s.Lflag |= unix.TOSTOP
	}
	return unix.IoctlSetTermios(0, unix.TCSETS, s)
}
