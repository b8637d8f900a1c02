// Package affinity says on which cores the threads of a program run, by the calls of Linux
// (sched_getaffinity(2), sched_setaffinity(2)).
//
// Context: a Linux process. unsafe: the calls take the address of a set.
package affinity

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"unsafe"
)

// Cores returns the cores that the calling thread may run on.
func Cores() (cores []int, err error) {
	var set uint64
	if _, _, e := syscall.RawSyscall(syscall.SYS_SCHED_GETAFFINITY, 0, 8, uintptr(unsafe.Pointer(&set))); e != 0 {
		return nil, e
	}
	for core := range 64 {
		if set>>core&1 != 0 {
			cores = append(cores, core)
		}
	}
	return cores, nil
}

// Pin has the calling thread run on a core only, and returns there. It fails with EINVAL if it may not run there.
func Pin(core int) error {
	if err := Set(core); err != nil {
		return err
	}
	return arrive()
}

// arrive has the calling thread be where it is to run: on Atoll it may stay for a while where it has said so, but not when it asks where
// it is.
func arrive() error {
	var at uint32
	if _, _, e := syscall.RawSyscall(sysGetcpu, uintptr(unsafe.Pointer(&at)), 0, 0); e != 0 {
		return e
	}
	return nil
}

// Set has the calling thread run on these cores only, and so the program that it executes: that one begins there. It fails
// with EINVAL if it may run on none of them.
func Set(cores ...int) error {
	var set uint64
	for _, core := range cores {
		set |= 1 << core
	}
	if _, _, e := syscall.RawSyscall(syscall.SYS_SCHED_SETAFFINITY, 0, 8, uintptr(unsafe.Pointer(&set))); e != 0 {
		return e
	}
	return nil
}

// Run executes a program in place of this one, on these cores only. The program is looked for along PATH. It returns only
// if that fails, with a sentence.
func Run(cores []int, args []string) error {
	path, err := exec.LookPath(args[0])
	if err != nil {
		return fmt.Errorf("there is no program %s", args[0])
	}
	runtime.LockOSThread()
	if err := Set(cores...); err != nil {
		return absent(cores, err)
	}
	if err = syscall.Exec(path, args, os.Environ()); err != nil {
		err = fmt.Errorf("%s does not run on %s: %w", path, names(cores), err)
	}
	return err
}

// absent says that the calling thread may run on none of the cores: Linux's answer is the same for a core that is dead.
func absent(cores []int, err error) error {
	if err != syscall.EINVAL {
		return err
	}
	return fmt.Errorf("%s is not there, or dead: /mk/cores says which live", names(cores))
}

// names says which cores are meant.
func names(cores []int) string {
	s := ""
	for i, core := range cores {
		switch {
		case i == 0:
		case i == len(cores)-1:
			s += " or "
		default:
			s += ", "
		}
		s += fmt.Sprint("core ", core)
	}
	return s
}
