package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"syscall"
	"time"

	"atoll/arch/ecall"
	"atoll/user/memory"
)

// A victim tells which calls it makes through a pipe, whose descriptor is one that random
// calls hardly name. Each is a word: the number, bounded, and a mark.
const (
	reportTo   = 777
	reportMark = 0xa701_1a70 << 32
	reportMask = 0xffff_ffff << 32
	reportAt   = 20480 // the word, in the memory of a source
)

// A victim makes so many calls if it lives, and is killed if it has not ended in time: it may
// have stopped itself, or wait. On a host with five times as much to do as it has processors
// none came to its end within 60 ms.
const (
	victimCalls = 64
	victimTime  = 150 * time.Millisecond
)

// victims is how many there were, how they have ended, and which calls they have made, the last
// for all numbers that no call can have.
type victims struct {
	memory                         uint64
	count, exited, killed, overdue int
	calls                          [nrMost + 1]int
}

// victims starts victims until the time is over.
func (s *state) victims(out io.Writer) error {
	dir, err := os.MkdirTemp("", "victims")
	if err != nil {
		return err
	}
	err = os.Chdir(dir)
	unhandle()
	v := victims{memory: newSource(nil).memory}
	for err == nil && time.Now().Before(s.end) {
		r := &source{rand.New(rand.NewPCG(s.seed, uint64(v.count))), v.memory}
		err = v.one(r)
		v.count++
	}
	if err = errors.Join(err, os.Chdir("/"), os.RemoveAll(dir)); err != nil {
		return err
	}
	sum, reached := 0, 0
	for _, n := range v.calls {
		if sum += n; n > 0 {
			reached++
		}
	}
	fmt.Fprintf(out, "fuzzcalls: seed %d, %d victims: %d exited, %d killed, %d overdue; %d calls of %d numbers\n",
		s.seed, v.count, v.exited, v.killed, v.overdue, sum, reached)
	return nil
}

// unhandle takes off the handlers of the runtime. The signals that victims send do nothing to
// the first process then, and end the victims.
func unhandle() {
	usual := newSource(nil).memory // all zeros, which is SIG_DFL
	for sig := range uint64(65) {
		ecall.Call(nrSigaction, &ecall.Registers{sig, usual, 0, 8})
	}
}

// one starts a victim and sees it to its end, and all that it has started.
func (v *victims) one(r *source) error {
	null, err := syscall.Open(os.DevNull, syscall.O_RDWR|syscall.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	defer syscall.Close(null)
	var pipe [2]int
	if err := syscall.Pipe2(pipe[:], syscall.O_CLOEXEC); err != nil {
		return err
	}
	defer syscall.Close(pipe[0])
	pid := r.fork(null, pipe[1])
	syscall.Close(pipe[1])
	if pid < 0 {
		return syscall.Errno(-pid)
	}
	told := make(chan struct{})
	go func() { v.listen(pipe[0]); close(told) }()
	overdue := time.AfterFunc(victimTime, killAll)
	var status syscall.WaitStatus
	_, err = wait(pid, &status)
	inTime := overdue.Stop()
	killAll()
	for e := error(nil); e == nil; {
		if _, e = wait(-1, nil); e != nil && e != syscall.ECHILD {
			err = errors.Join(err, e)
		}
	}
	<-told // all who could write have ended
	switch {
	case !inTime:
		v.overdue++
	case status.Exited():
		v.exited++
	default:
		v.killed++
	}
	return err
}

// fork makes a victim and returns its id, or an errno below 0. The victim has one thread
// and does nothing for which it would need another: it makes calls, and ends.
func (r *source) fork(null, report int) int {
	regs := ecall.Registers{uint64(syscall.SIGCHLD)}
	ecall.Call(nrClone, &regs)
	if regs[0] != 0 {
		return int(regs[0])
	}
	for fd := range uint64(3) {
		ecall.Call(nrDup3, &ecall.Registers{uint64(null), fd})
	}
	ecall.Call(nrDup3, &ecall.Registers{uint64(report), reportTo})
	ecall.Call(nrClose, &ecall.Registers{uint64(report)})
	ecall.Call(nrSetsid, &ecall.Registers{})
	for range victimCalls {
		number, regs := r.wild()
		if number == nrPrlimit64 {
			regs[0] = 0 // its own limits: the first process could open nothing any more
		}
		at := r.memory + reportAt
		memory.Words(at, 8)[0] = reportMark | min(number, nrMost)
		ecall.Call(nrWrite, &ecall.Registers{reportTo, at, 8})
		ecall.Call(number, &regs)
	}
	ecall.Call(nrExitGroup, &ecall.Registers{})
	return 0
}

// killAll kills all processes but this one, the first.
func killAll() { syscall.Kill(-1, syscall.SIGKILL) }

// wait waits for a child to end.
func wait(pid int, status *syscall.WaitStatus) (int, error) {
	for {
		if got, err := syscall.Wait4(pid, status, 0, nil); err != syscall.EINTR {
			return got, err
		}
	}
}

// listen counts the calls that a victim tells of.
func (v *victims) listen(pipe int) {
	var b [4096]byte
	kept := 0
	for {
		n, err := syscall.Read(pipe, b[kept:])
		if err == syscall.EINTR {
			continue
		}
		if err != nil || n == 0 {
			return
		}
		n += kept
		for i := 0; i+8 <= n; i += 8 {
			if word := binary.LittleEndian.Uint64(b[i:]); word&reportMask == reportMark && uint32(word) <= nrMost {
				v.calls[uint32(word)]++
			}
		}
		kept = copy(b[:], b[n&^7:n])
	}
}
