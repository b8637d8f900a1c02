package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"atoll/user/program"
)

// locker is the argument with which the program calls itself to lock bytes of a file.
const locker = "lock"

// lockByte locks a byte of a file for the process, or looks whether it can.
func lockByte(f *os.File, at int64, waits bool) error {
	command := unix.F_SETLK
	if waits {
		command = unix.F_SETLKW
	}
	for {
		err := unix.FcntlFlock(f.Fd(), command, &unix.Flock_t{Type: unix.F_WRLCK, Start: at, Len: 1})
		if err != unix.EINTR {
			return err
		}
	}
}

// other is another process that does with locks what it is told: a line each, to which it answers one.
type other struct {
	cmd *exec.Cmd
	in  io.WriteCloser
	out *bufio.Reader
}

func newOther(path string) (o *other, err error) {
	o = &other{cmd: program.Again(locker, path)}
	o.cmd.Stderr = os.Stderr
	var out io.Reader
	if o.in, err = o.cmd.StdinPipe(); err == nil {
		out, err = o.cmd.StdoutPipe()
	}
	if err == nil {
		o.out = bufio.NewReader(out)
		err = o.cmd.Start()
	}
	return o, err
}

func (o *other) tell(what string) error {
	_, err := fmt.Fprintln(o.in, what)
	return err
}

// says compares its next answer with what it should be.
func (o *other) says(want string) error {
	line, err := o.out.ReadString('\n')
	if err != nil {
		return err
	}
	return expect("the other process's answer", strings.TrimSpace(line), want)
}

// lock is that process.
func lock(path string) error {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	defer f.Close()
	lines := bufio.NewScanner(os.Stdin)
	for lines.Scan() {
		var what string
		var at int64
		fmt.Sscan(lines.Text(), &what, &at)
		switch what {
		case "try", "wait":
			err := lockByte(f, at, what == "wait")
			if err == unix.EDEADLK {
				unlockAll(f)
			}
			fmt.Println(err)
		case "who":
			q := unix.Flock_t{Type: unix.F_WRLCK, Start: at, Len: 1}
			err := unix.FcntlFlock(f.Fd(), unix.F_GETLK, &q)
			fmt.Println(q.Type == unix.F_WRLCK, q.Start, q.Len, int(q.Pid) == os.Getppid(), err)
		case "whole":
			fmt.Println(syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB))
		}
	}
	return nil
}

// locks has two processes lock bytes of a file.
func locks(dir string) error {
	path := filepath.Join(dir, "locks")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	o, err := newOther(path)
	if err != nil {
		return err
	}
	defer o.cmd.Process.Kill()
	const busy, none = "resource temporarily unavailable", "<nil>"
	again, err := os.Open(path)
	if err != nil {
		return err
	}
	return errors.Join(
		lockByte(f, 1, false),
		o.tell("try 1"), o.says(busy),
		o.tell("who 1"), o.says("true 1 1 true <nil>"),
		o.tell("wait 1"), again.Close(), o.says(none), // with any descriptor of the file all locks go
		expect("a lock of what the other has", lockByte(f, 1, false), busy),
		syscall.Flock(int(f.Fd()), syscall.LOCK_EX), o.tell("whole 0"), o.says(busy),
		syscall.Flock(int(f.Fd()), syscall.LOCK_UN), o.tell("whole 0"), o.says(none),
		deadlock(f, o),
		o.cmd.Process.Kill(), ended(o.cmd.Wait(), "signal: killed"), lockByte(f, 1, false), // and with the process
	)
}

// deadlock has both ask for what the other has: one of the two is told, and the other gets it.
func deadlock(f *os.File, o *other) error {
	const told = "resource deadlock avoided"
	err := errors.Join(lockByte(f, 2, false), o.tell("wait 2"))
	if got := lockByte(f, 1, true); got != nil {
		return errors.Join(err, expect("a circle", got, told), unlockAll(f), o.says("<nil>"))
	}
	return errors.Join(err, o.says(told))
}

func unlockAll(f *os.File) error {
	return unix.FcntlFlock(f.Fd(), unix.F_SETLK, &unix.Flock_t{Type: unix.F_UNLCK})
}

func ended(err error, how string) error { return expect("the other process's end", err, how) }
