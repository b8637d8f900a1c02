package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
	"time"
)

// mountAll mounts what the first process of Linux finds empty.
func mountAll() error {
	var errs []error
	for _, m := range []struct{ kind, at string }{{"proc", "/proc"}, {"devtmpfs", "/dev"}} {
		errs = append(errs, os.MkdirAll(m.at, 0o755), syscall.Mount(m.kind, m.at, m.kind, 0, ""))
	}
	return errors.Join(errs...)
}

// describe puts down which Linux it is, and what memory is free, in bytes, when that has come
// to rest.
func (r results) describe() error {
	release, err := os.ReadFile("/proc/sys/kernel/osrelease")
	if err != nil {
		return err
	}
	r["release"] = strings.TrimSpace(string(release))
	time.Sleep(time.Second)
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		var kib uint64
		if _, err := fmt.Sscanf(line, "MemAvailable: %d kB", &kib); err == nil {
			r["available_bytes"] = kib << 10
			return nil
		}
	}
	return errors.New("/proc/meminfo has no MemAvailable")
}

// powerOff ends the machine, since a first process that ends is a panic of Linux. It says what
// failed before, which nobody else would.
func powerOff(out io.Writer, failed error) {
	if failed != nil {
		fmt.Fprintln(out, "linuxbench:", failed)
	}
	syscall.Sync()
	_ = syscall.Reboot(syscall.LINUX_REBOOT_CMD_POWER_OFF)
}
