package main

import (
	"fmt"
	"os"
	"strconv"
	"syscall"

	"atoll/user/affinity"
)

// leave makes two children, and goes on to some cores, one after the other, on the last of which it waits for them: one that has ended, and one that it kills.
func leave(cores []string) {
	ends, err := fork("exit", "5")
	stays := 0
	if err == nil {
		stays, err = fork("sleep")
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	goOn(append([]string{strconv.Itoa(ends), strconv.Itoa(stays)}, cores...))
}

// goOn goes to the next core, or waits.
func goOn(args []string) {
	ends, _ := strconv.Atoi(args[0])
	stays, _ := strconv.Atoi(args[1])
	if len(args) > 2 {
		core, _ := strconv.Atoi(args[2])
		self, _ := os.Executable()
		fmt.Println(affinity.Run([]int{core}, append([]string{self, "goes-on", args[0], args[1]}, args[3:]...)))
		return
	}
	core, _ := os.ReadFile("/mk/core")
	fmt.Printf("waits on core %s", core)
	end("has ended", ends, nil)
	syscall.Kill(stays, syscall.SIGKILL)
	end("is killed", stays, nil)
	_, err := syscall.Wait4(-1, nil, 0, nil)
	fmt.Println("another:", err)
}
