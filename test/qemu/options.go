package qemu

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"atoll/boot/tools/qemurun"
)

// Options is a machine to boot, and how long the test may take.
type Options struct {
	qemurun.Machine
	// Deadline bounds the guest's life from Start on, before scaling. Its default
	// is a minute and two seconds more for each hart: a machine takes about a
	// second to boot, but the host is shared and has fewer processors.
	Deadline time.Duration
	// Debug makes QEMU listen for gdb at Guest.GDB.
	Debug bool
	// Reboots lets a reset of the guest start it again; without it, a reset ends
	// QEMU.
	Reboots bool
	// NoSwitch says that the machine cannot end QEMU. Wait then switches it off
	// through QEMU's monitor once the console has printed its exit line, and returns
	// the status that stands there.
	NoSwitch bool
}

// deadline returns the scaled deadline.
func (o Options) deadline() time.Duration {
	d := o.Deadline
	if d == 0 {
		d = time.Minute + 2*time.Second*time.Duration(o.Harts)
	}
	if s, err := strconv.ParseFloat(os.Getenv("ATOLL_TIME_SCALE"), 64); err == nil && s > 0 {
		d = time.Duration(float64(d) * s)
	}
	return d
}

// machine completes the machine: the image, the console on standard input and
// output, the stub's socket in directory dir.
func (o Options) machine(dir string) (qemurun.Machine, error) {
	m := o.Machine
	m.Console = qemurun.Stdio
	m.NoReboot = !o.Reboots
	m.Scratch = dir
	if o.NoSwitch {
		m.QMP = "unix:" + filepath.Join(dir, "qmp") + ",server=on,wait=off"
	}
	if o.Debug {
		m.GDB = "unix:" + filepath.Join(dir, "gdb") + ",server=on,wait=off"
	}
	if m.Kernel != "" {
		return m, nil
	}
	var err error
	m.Kernel, err = Image()
	return m, err
}

// ErrNoImage says that the kernel image is not built.
var ErrNoImage = errors.New("the kernel image is not built; run make")

// Image returns the path of the kernel image.
func Image() (string, error) {
	path := os.Getenv("ATOLL_IMAGE")
	if path == "" {
		root, err := ModuleRoot()
		if err != nil {
			return "", err
		}
		path = filepath.Join(root, "build", "atoll.img")
	}
	if _, err := os.Stat(path); err != nil {
		return "", fmt.Errorf("%w (%s)", ErrNoImage, path)
	}
	return path, nil
}

// ModuleRoot returns the directory of the module that the test runs in.
func ModuleRoot() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for ; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, "go.mod")); err == nil {
			return dir, nil
		}
		if dir == filepath.Dir(dir) {
			return "", errors.New("the test does not run inside the module")
		}
	}
}
