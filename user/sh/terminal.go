package main

import (
	"os"
	"runtime"
	"syscall"

	"golang.org/x/sys/unix"
)

// terminal is the controlling terminal, which the shell lends to the job in the foreground.
type terminal struct {
	fd       int
	own      int           // the shell's process group
	settings *unix.Termios // of commands that find it as it should be
}

// ownTerminal makes the shell the leader of a group in the foreground of its terminal. It is nil where that is
// another session's.
func ownTerminal() *terminal {
	t := &terminal{fd: int(os.Stdin.Fd())}
	for {
		front, err := unix.IoctlGetInt(t.fd, unix.TIOCGPGRP)
		if err != nil {
			return nil
		}
		if t.own = syscall.Getpgrp(); front == t.own {
			break
		}
		syscall.Kill(0, syscall.SIGTTIN) // in the background: go on when it is lent to us
	}
	if t.lend(t.own) != nil {
		return nil // its jobs stay in the group that has it
	}
	if pid := os.Getpid(); t.own != pid && syscall.Setpgid(0, 0) == nil {
		t.own = pid
		t.lend(t.own)
	}
	t.settings = t.now()
	return t
}

// now returns how it is set, or nil.
func (t *terminal) now() *unix.Termios {
	settings, err := unix.IoctlGetTermios(t.fd, unix.TCGETS)
	if err != nil {
		return nil
	}
	return settings
}

// set sets it, unless it is not known how.
func (t *terminal) set(settings *unix.Termios) {
	if settings != nil {
		held(func() { unix.IoctlSetTermios(t.fd, unix.TCSETSW, settings) })
	}
}

// lend brings a process group to the foreground. One that has ended is none: the next takes it.
func (t *terminal) lend(group int) (err error) {
	held(func() { err = unix.IoctlSetPointerInt(t.fd, unix.TIOCSPGRP, group) })
	return err
}

// held does something with SIGTTOU held off, by which a shell in the background would stop itself. Ignored, it
// would be so in the jobs, too.
func held(do func()) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	set, before := unix.Sigset_t{}, unix.Sigset_t{}
	set.Val[0] = 1 << (syscall.SIGTTOU - 1)
	if unix.PthreadSigmask(unix.SIG_BLOCK, &set, &before) == nil {
		defer unix.PthreadSigmask(unix.SIG_SETMASK, &before, nil)
	}
	do()
}
