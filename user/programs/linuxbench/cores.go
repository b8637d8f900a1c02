package main

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"syscall"
	"time"

	"atoll/user/affinity"
)

// coreFigures are what processes on two harts do to each other, beside the same on one. The first are of processes that a hart has never had
// one of.
var coreFigures = []figure{
	{"spawn_first", "fork, exec on another hart and wait, the first there", onTwo(func(h [2]int) (float64, error) { return forkOn(h[1], 1) })},
	{"spawn_here", "fork, exec on the same hart and wait", onTwo(func(h [2]int) (float64, error) { return forkOn(h[0], fewRounds) })},
	{"spawn_there", "fork, exec on another hart and wait", onTwo(func(h [2]int) (float64, error) { return forkOn(h[1], fewRounds) })},
	{"pipe_here", "pipe round trip of a byte, processes on one hart", onTwo(func(h [2]int) (float64, error) { return tripOn(h[0]) })},
	{"pipe_there", "pipe round trip of a byte, processes on two harts", onTwo(func(h [2]int) (float64, error) { return tripOn(h[1]) })},
	{"to4", "4 KiB written to a pipe that another hart reads", onTwo(func(h [2]int) (float64, error) { return writeTo(h[1], 1) })},
	{"to64", "64 KiB written to a pipe that another hart reads", onTwo(func(h [2]int) (float64, error) { return writeTo(h[1], 16) })},
	{"from4", "4 KiB that another hart writes to a pipe, read", onTwo(func(h [2]int) (float64, error) { return readFrom(h[1], 1) })},
	{"from64", "64 KiB that another hart writes to a pipe, read", onTwo(func(h [2]int) (float64, error) { return readFrom(h[1], 16) })},
}

// onTwo measures on the first of two harts, from a thread that is only there.
func onTwo(measure func(harts [2]int) (float64, error)) func() (float64, error) {
	return func() (ns float64, err error) {
		cores, err := affinity.Cores()
		if err != nil {
			return 0, err
		}
		if len(cores) < 2 {
			return 0, errAbsent
		}
		done := make(chan struct{})
		go func() {
			defer close(done)
			runtime.LockOSThread() // not unlocked: the thread ends with the goroutine
			if err = affinity.Pin(cores[0]); err == nil {
				ns, err = measure([2]int{cores[0], cores[1]})
			}
		}()
		<-done
		return ns, err
	}
}

// forkOn has a process of one page make others, which execute a program on a hart. What it takes to make that one is
// taken off.
func forkOn(hart int, rounds uint32) (float64, error) {
	file := filepath.Join(dir, "forkon")
	if err := os.WriteFile(file, small(forkCode(rounds, hart)), 0o700); err != nil {
		return 0, err
	}
	run := func(name string) func() error { return func() error { return exec.Command(name).Run() } }
	alone, err := warm(fewRounds/10, run(trueFile))
	if err != nil {
		return 0, err
	}
	if rounds > 1 {
		err = run(file)()
	}
	begin := time.Now()
	err = errors.Join(err, run(file)())
	return (float64(time.Since(begin).Nanoseconds()) - alone) / float64(rounds), err
}

// startOn has a process execute a file on a hart, with files as its descriptors.
func startOn(hart int, path string, files ...uintptr) (pid int, err error) {
	starter := filepath.Join(dir, "start")
	if err := os.WriteFile(starter, small(execCode(0, path, hart)), 0o700); err != nil {
		return 0, err
	}
	return syscall.ForkExec(starter, []string{starter}, &syscall.ProcAttr{Files: files})
}

// ended waits for a process, which is to end well.
func ended(pid int) error {
	var status syscall.WaitStatus
	_, err := syscall.Wait4(pid, &status, 0, nil)
	if err == nil && status != 0 {
		err = fmt.Errorf("a process ended with status %#x", int(status))
	}
	return err
}

// tripOn sends a byte to a process on a hart that sends it back.
func tripOn(hart int) (float64, error) {
	var there, back [2]int
	if err := errors.Join(syscall.Pipe2(there[:], syscall.O_CLOEXEC), syscall.Pipe2(back[:], syscall.O_CLOEXEC)); err != nil {
		return 0, err
	}
	defer syscall.Close(back[0])
	pid, err := startOn(hart, echoFile, uintptr(there[0]), uintptr(back[1]), 2)
	syscall.Close(there[0])
	syscall.Close(back[1])
	if err != nil {
		syscall.Close(there[1])
		return 0, err
	}
	var b [1]byte
	ns, err := warm(manyRounds, func() error { return trip(there[1], back[0], b[:]) })
	syscall.Close(there[1]) // its end ends the other
	return ns, errors.Join(err, ended(pid))
}

// flowBytes is how much goes through a pipe while that is measured.
const flowBytes = 8 << 20

// writeTo writes so many pages at a time to a process on a hart, until that has read them all, and returns what one time took.
func writeTo(hart, pages int) (float64, error) {
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		return 0, err
	}
	pid, err := startOn(hart, sinkFile, uintptr(p[0]), 1, 2)
	syscall.Close(p[0])
	if err != nil {
		syscall.Close(p[1])
		return 0, err
	}
	b := make([]byte, pages*pageSize)
	write := func() error {
		for done := 0; done < len(b); {
			n, err := syscall.Write(p[1], b[done:])
			if err != nil {
				return err
			}
			done += n
		}
		return nil
	}
	times := flowBytes / len(b)
	err = write()
	begin := time.Now()
	for i := 0; i < times && err == nil; i++ {
		err = write()
	}
	syscall.Close(p[1])
	err = errors.Join(err, ended(pid))
	return float64(time.Since(begin).Nanoseconds()) / float64(times), err
}

// readFrom reads what a process on a hart writes, so many pages at a time, and returns what one time took.
func readFrom(hart, pages int) (float64, error) {
	times := flowBytes / pages / pageSize
	if times > mostTimes {
		times = mostTimes
	}
	source := filepath.Join(dir, "source")
	if err := os.WriteFile(source, small(sourceCode(uint32(times), uint32(pages))), 0o700); err != nil {
		return 0, err
	}
	var p [2]int
	if err := syscall.Pipe2(p[:], syscall.O_CLOEXEC); err != nil {
		return 0, err
	}
	defer syscall.Close(p[0])
	pid, err := startOn(hart, source, 0, uintptr(p[1]), 2)
	syscall.Close(p[1])
	if err != nil {
		return 0, err
	}
	b := make([]byte, 16*pageSize)
	got, begin := 0, time.Time{}
	for {
		n, err := syscall.Read(p[0], b)
		if n <= 0 || err != nil {
			break
		}
		if got == 0 {
			begin = time.Now()
		}
		got += n
	}
	ns := float64(time.Since(begin).Nanoseconds()) / float64(times)
	err = ended(pid)
	if want := times * pages * pageSize; err == nil && got != want {
		err = fmt.Errorf("%d bytes came of %d", got, want)
	}
	return ns, err
}

// mostTimes bounds the times of sourceCode.
const mostTimes = 2047
