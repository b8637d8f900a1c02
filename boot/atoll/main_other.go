//go:build !riscv64

package main

import (
	"fmt"
	"os"
)

func main() {
	fmt.Fprintln(os.Stderr, "atoll: this is the kernel; build it for riscv64 with make")
	os.Exit(1)
}
