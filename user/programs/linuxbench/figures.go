package main

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"time"
)

// figures is all there is to measure. The first ones say when the machine had come so far.
var figures = append([]figure{
	{"prompt", "from power-on until a shell runs a command", prompt},
	{"started", "from power-on until a program runs", started},
	{"null", "call that does next to nothing (getppid)", null},
	{"futex", "futex round trip, two threads", futexTrip},
	{"pipe", "pipe round trip of 64 bytes, two processes", pipeTrip},
	{"fault", "page fault, first write to a page", pageFault},
	{"read", "read 4 KiB of a file", readFile},
	{"open", "open a file, and close it", openFile},
	{"fork", "fork, exec and wait, small processes", forkExec},
	{"spawn", "vfork, exec and wait, by a Go program", spawn},
	{"script", "shell script of 100 commands", script},
}, append(unmapFigures(), mapFigures()...)...)

// bootFigures are the first of them, for which nothing else may have taken time before.
const bootFigures = 2

// Rounds of what is short, and of what makes processes.
const (
	manyRounds = 2000
	fewRounds  = 100
)

// tick is the machine's clock of 10 MHz, which begins at power-on (QEMU, hw/riscv/virt.c).
const tick = 100

// each makes so many rounds and returns what one took.
func each(rounds int, round func() error) (float64, error) {
	begin := time.Now()
	for range rounds {
		if err := round(); err != nil {
			return 0, err
		}
	}
	return float64(time.Since(begin).Nanoseconds()) / float64(rounds), nil
}

// warm makes a round that is not counted first: what is done once, such as the first look at
// a path, is no part of a round.
func warm(rounds int, round func() error) (float64, error) {
	if err := round(); err != nil {
		return 0, err
	}
	return each(rounds, round)
}

// started reads the clock in a process of its own, which is small; that it is made is in the
// time.
func started() (float64, error) {
	ns, err := clock(clockFile)
	time.Sleep(settled)
	return ns, err
}

// prompt has a shell read the clock, as soon as it carries out commands; what has begun the
// shell is this program.
func prompt() (float64, error) {
	if _, err := os.Stat(shell); errors.Is(err, os.ErrNotExist) {
		return 0, errAbsent
	}
	return clock(shell, "-c", clockFile)
}

// clock runs a program that writes what the clock says, and returns that.
func clock(name string, args ...string) (ns float64, err error) {
	out, err := exec.Command(name, args...).Output()
	if err == nil && len(out) != 8 {
		err = fmt.Errorf("%d bytes of a clock", len(out))
	}
	if err != nil {
		return 0, err
	}
	return float64(binary.LittleEndian.Uint64(out)) * tick, nil
}

// failed is the error of a call, nil if there is none.
func failed(e syscall.Errno) error {
	if e != 0 {
		return e
	}
	return nil
}

func null() (float64, error) {
	return warm(100*manyRounds, func() error {
		_, _, e := syscall.RawSyscall(syscall.SYS_GETPPID, 0, 0, 0)
		return failed(e)
	})
}

// pipeTrip sends bytes to a process that sends them back. The calls are raw, since the
// runtime has nothing to do meanwhile.
func pipeTrip() (float64, error) {
	var there, back [2]int
	if err := errors.Join(syscall.Pipe2(there[:], syscall.O_CLOEXEC), syscall.Pipe2(back[:], syscall.O_CLOEXEC)); err != nil {
		return 0, err
	}
	defer syscall.Close(back[0])
	pid, err := syscall.ForkExec(echoFile, []string{echoFile}, &syscall.ProcAttr{Files: []uintptr{uintptr(there[0]), uintptr(back[1]), 2}})
	syscall.Close(there[0])
	syscall.Close(back[1])
	if err != nil {
		syscall.Close(there[1])
		return 0, err
	}
	b := make([]byte, 64)
	ns, err := warm(manyRounds, func() error { return trip(there[1], back[0], b) })
	syscall.Close(there[1]) // its end ends the other
	_, waited := syscall.Wait4(pid, nil, 0, nil)
	return ns, errors.Join(err, waited)
}

// pageFault writes to pages whose tables are there, as small ones.
func pageFault() (float64, error) {
	const pages, table, page, noHuge = 1024, 512, 4096, 15
	b, err := syscall.Mmap(-1, 0, pages*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return 0, err
	}
	defer syscall.Munmap(b)
	_ = syscall.Madvise(b, noHuge) // who has no huge pages may refuse
	for i := 0; i < pages; i += table {
		b[i*page] = 1
	}
	b[(pages-1)*page] = 1
	i := 0
	return each(pages, func() error {
		b[i*page+1] = 1
		i++
		return nil
	})
}

func readFile() (float64, error) {
	fd, err := syscall.Open(dataFile, syscall.O_RDONLY, 0)
	if err != nil {
		return 0, err
	}
	defer syscall.Close(fd)
	b := make([]byte, dataSize) // aligned, as a large buffer is
	return warm(5*manyRounds, func() error {
		n, err := syscall.Pread(fd, b, 0)
		if err == nil && n != len(b) {
			err = fmt.Errorf("%d bytes of %d", n, len(b))
		}
		return err
	})
}

func openFile() (float64, error) {
	return warm(manyRounds, func() error {
		fd, err := syscall.Open(dataFile, syscall.O_RDONLY, 0)
		if err != nil {
			return err
		}
		return syscall.Close(fd)
	})
}

// forkRounds are so many that what a kernel does once in some hundred forks, such as a collection of a heap, is in each figure with its part.
const forkRounds = 10

// forkExec has a process of one page make others. What it takes to make that one is taken off.
func forkExec() (float64, error) {
	run := func() error { return exec.Command(forkFile).Run() }
	none := func() error { return exec.Command(trueFile).Run() }
	alone, err := warm(fewRounds/10, none)
	if err != nil {
		return 0, err
	}
	all, err := warm(forkRounds, run)
	return (all - alone) / fewRounds, err
}

func spawn() (float64, error) {
	return warm(forkRounds*fewRounds, func() error {
		pid, err := syscall.ForkExec(trueFile, []string{trueFile}, nil)
		if err != nil {
			return err
		}
		_, err = syscall.Wait4(pid, nil, 0, nil)
		return err
	})
}

// shell is u-root's, which not every archive has.
const shell = "/bbin/gosh"

// errAbsent says that the system has not what is to be measured.
var errAbsent = errors.New("it is not there")

// script has a shell run commands that each print a line.
func script() (float64, error) {
	if _, err := os.Stat(shell); errors.Is(err, os.ErrNotExist) {
		return 0, errAbsent
	}
	path := filepath.Join(dir, "script")
	if err := os.WriteFile(path, bytes.Repeat([]byte("/bbin/uname\n"), fewRounds), 0o600); err != nil {
		return 0, err
	}
	begin := time.Now()
	out, err := exec.Command(shell, path).CombinedOutput()
	took := float64(time.Since(begin).Nanoseconds())
	if n := strings.Count(string(out), "\n"); err == nil && n != fewRounds {
		err = fmt.Errorf("%d lines of %d: %.100s", n, fewRounds, out)
	}
	return took, err
}
