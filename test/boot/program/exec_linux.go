package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// run makes processes by package os/exec: one whose output is read, one that is given
// input, an environment and a folder, a pipeline of two, one that is not there, and one that is
// killed when its time is over.
func run() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	out, err := exec.Command(self, "lines", "2").Output()
	fmt.Printf("output: %q %v\n", out, err)

	told := exec.Command(self, "tell", "VARIABLE")
	told.Stdin, told.Env, told.Dir = strings.NewReader("input"), []string{"VARIABLE=value"}, "/tmp"
	out, err = told.Output()
	fmt.Printf("told: %s %v\n", out, err)

	var both bytes.Buffer
	first, second := exec.Command(self, "lines", "500"), exec.Command(self, "tell", "NONE")
	second.Stdin, err = first.StdoutPipe()
	second.Stdout = &both
	for _, f := range []func() error{first.Start, second.Run, first.Wait} {
		if e := f(); e != nil {
			err = e
		}
	}
	fmt.Printf("pipeline: %d bytes end in %q %v\n", both.Len(), both.String()[max(0, both.Len()-15):], err)

	_, err = exec.Command(self, "exit", "5").Output()
	fmt.Println("failed:", err)
	_, err = exec.Command("nothing-of-this-name").Output()
	fmt.Println("missing:", err)

	ctx, end := context.WithTimeout(context.Background(), 50*time.Millisecond)
	defer end()
	slow := exec.CommandContext(ctx, self, "sleep")
	fmt.Printf("slow: %v, exited=%v\n", slow.Run(), slow.ProcessState.Exited())
}

// place has a process run beside one that wants the hart.
func place() {
	self, err := os.Executable()
	if err != nil {
		panic(err)
	}
	spin := exec.Command(self, "spin")
	out, err := spin.StdoutPipe()
	if err == nil {
		err = spin.Start()
	}
	if err != nil {
		panic(err)
	}
	bufio.NewReader(out).ReadString('\n')
	core, err := exec.Command(self, "where").Output()
	spin.Process.Kill()
	spin.Wait()
	fmt.Printf("placed: %q %v\n", core, err)
}

// tell says what it was given: where it is, a variable, and what it reads.
func tell(variable string) {
	dir, _ := os.Getwd()
	fmt.Print(dir, " ", os.Getenv(variable), " ")
	io.Copy(os.Stdout, bufio.NewReader(os.Stdin))
}
