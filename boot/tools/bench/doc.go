// Command bench measures the kernel in QEMU and writes what came of it: a JSON file
// for each experiment, markdown tables and SVG plots.
//
//	build/benchtool [flags]
//
// `make bench` calls it, and with -linux `make bench-linux`. It boots machines through
// boot/tools/qemurun, has each run bench commands with -json (run=, see docs/console.md),
// and takes the median over boots, since a shared host spoils single ones. Every experiment
// carries the load average at its time. What the figures mean is in docs/measurements.md
// and docs/agreement.md, whose tables and plots it renews if -docs is given.
//
// # Who does what
//
//	experiments.go  what is booted, how often, with which commands
//	guest.go        one boot: bounded, and tried once more if it fails
//	sample.go       records of the console, series over boots
//	linux.go        figures of Linux to compare with, measured elsewhere
//	tables.go       markdown
//	report.go       which experiments make which table and plot, and where that goes
//	pairs.go        messages between each two cores, beside the paper's Table 2
//	updates.go      updates by messages to one server, beside its Figure 3
//	shared.go       the same in shared memory
//	beside.go       Atoll beside Linux, whose kernel is Debian's
//	unmap.go        munmap on several harts, beside Linux and its Figure 7
//	steps.go        where the time of that munmap goes
//	compute.go      programs that compute on several harts, as in its Figure 9
//	computebeside.go  the same beside Linux
//	cores.go        processes and threads on several harts, beside Linux
//	user.go         what user mode costs, beside Linux and the paper's Table 1
//	userump.go      messages between programs of two cores, beside its Tables 2 and 3
//	shootdown.go    the raw protocols, and their model for many cores
//	capcost.go      retype and revoke over cores, beside its Figure 8
//	spin.go         pings to a core on which a program computes
//	agreement.go    one-phase and two-phase commit, the same
//	plot.go         SVG, readable on light and on dark
//	docs.go         the tables' places in the documentation
//
// Context: the host, one guest at a time; a second one would be measured, too.
package main
