package main

import (
	"fmt"
	"os"
	"syscall"
	"time"
	"unsafe"
)

// fork makes a process that runs this program with other arguments, or for none computes for
// ever. The memory is copied, so that what the child does before it runs a program is its own.
func fork(args ...string) (pid int, err error) {
	exe, err := os.Executable()
	if err != nil {
		return 0, err
	}
	path, _ := syscall.BytePtrFromString(exe)
	argv, _ := syscall.SlicePtrFromStrings(append([]string{"program"}, args...))
	env, _ := syscall.SlicePtrFromStrings(nil)
	id, _, e := syscall.RawSyscall6(syscall.SYS_CLONE, uintptr(syscall.SIGCHLD), 0, 0, 0, 0, 0)
	if e != 0 {
		return 0, e
	}
	if id != 0 {
		return int(id), nil
	}
	for len(args) == 0 {
	}
	syscall.RawSyscall(syscall.SYS_EXECVE, uintptr(unsafe.Pointer(path)), uintptr(unsafe.Pointer(&argv[0])), uintptr(unsafe.Pointer(&env[0])))
	syscall.RawSyscall(syscall.SYS_EXIT_GROUP, 99, 0, 0)
	return 0, nil
}

// end waits for a child and says how it has ended.
func end(what string, pid int, err error) {
	var status syscall.WaitStatus
	var got int
	if err == nil {
		got, err = syscall.Wait4(pid, &status, 0, nil)
	}
	fmt.Printf("%s: own=%v exited=%v status=%d signal=%d err=%v\n", what, got == pid, status.Exited(), status.ExitStatus(), int(status.Signal()), err)
}

// family makes children, and says how they end.
func family() {
	pid, err := fork("exit", "5")
	end("exits", pid, err)
	pid, err = fork("wild")
	end("faults", pid, err)
	pid, err = fork("touch", "64")
	end("hogs", pid, err)
	pid, err = fork()
	time.Sleep(10 * time.Millisecond)
	syscall.Kill(pid, syscall.SIGSTOP)
	var status syscall.WaitStatus
	syscall.Wait4(pid, &status, syscall.WUNTRACED, nil)
	fmt.Printf("stopped=%v signal=%d\n", status.Stopped(), int(status.StopSignal()))
	syscall.Kill(pid, syscall.SIGCONT)
	syscall.Kill(pid, syscall.SIGTERM)
	end("terminated", pid, err)
}

// bomb makes processes until there are no more, and ends them.
func bomb() {
	var list []int
	for {
		pid, err := fork()
		if err != nil {
			fmt.Printf("no more: %v, many=%v\n", err, len(list) > 5)
			break
		}
		list = append(list, pid)
	}
	for _, pid := range list {
		syscall.Kill(pid, syscall.SIGKILL)
	}
	for range list {
		syscall.Wait4(-1, nil, 0, nil)
	}
	pid, err := fork("exit", "6")
	end("after", pid, err)
	fork() // left alone: it ends with its init
	os.Exit(8)
}
