package main

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"atoll/boot/tools/qemurun"
)

// host says on what was measured.
type host struct {
	Date, CPU, QEMU, Go string
	CPUs                int
	Loads               series // load averages before each boot
}

// describeHost describes this host and the load during the results' boots.
func describeHost(results map[string]*result) (host, error) {
	h := host{CPUs: runtime.NumCPU(), Go: runtime.Version(), CPU: cpuModel()}
	var dates []string
	for _, r := range results {
		h.Loads = append(h.Loads, r.Loads...)
		dates = append(dates, r.Date)
	}
	slices.Sort(dates)
	h.Date = strings.Join(slices.Compact(dates), ", ")
	path, err := qemurun.FindQEMU()
	if err != nil {
		return h, err
	}
	out, err := exec.Command(path, "--version").Output()
	if err != nil {
		return h, fmt.Errorf("%s --version: %w", path, err)
	}
	first, _, _ := strings.Cut(string(out), "\n")
	h.QEMU = strings.TrimPrefix(first, "QEMU emulator version ")
	return h, nil
}

// String describes the host in a sentence.
func (h host) String() string {
	least, median, most := h.Loads.spread()
	return fmt.Sprintf("%s, QEMU %s, %s; host: %d processors (%s), load average %.1f to %.1f, median %.1f.",
		h.Date, h.QEMU, h.Go, h.CPUs, h.CPU, least, most, median)
}

// cpuModel is the processor's name as Linux tells it.
func cpuModel() string {
	b, _ := os.ReadFile("/proc/cpuinfo")
	for line := range strings.Lines(string(b)) {
		if name, value, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "model name" {
			return strings.TrimSpace(value)
		}
	}
	return "model unknown"
}

// loadAverage is the host's over the last minute, 0 if it does not tell.
func loadAverage() float64 {
	b, _ := os.ReadFile("/proc/loadavg")
	first, _, _ := strings.Cut(string(b), " ")
	v, _ := strconv.ParseFloat(first, 64)
	return v
}
