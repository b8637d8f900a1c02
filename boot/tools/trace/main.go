// Command trace draws what the instances have recorded of their latest events.
//
//	go run ./boot/tools/trace [flags]
//
// It reads the log of a console in which `trace dump -json` was typed, or boots the
// kernel in QEMU itself, has it trace one ping and dump that. Then it writes what was
// asked for:
//
//	-json file   Trace Event Format, for ui.perfetto.dev or chrome://tracing
//	-svg file    a sequence diagram of one message's way, of the type -message
//
// `make trace` calls it. Package monitor/trace does the work.
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"time"

	"atoll/boot/tools/qemurun"
	_ "atoll/monitor" // its messages have names
	"atoll/monitor/trace"
)

// options are the flags.
type options struct {
	log, keep string // console log to read, or to write
	json, svg string
	message   string
	from      int
	machine   qemurun.Machine
	commands  string
	limit     time.Duration
}

func main() {
	o, err := parse(os.Args[1:])
	if err != nil {
		os.Exit(2) // the flag package has said why
	}
	if err := o.run(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "trace:", err)
		os.Exit(1)
	}
}

// parse reads the flags.
func parse(args []string) (o options, err error) {
	fs := flag.NewFlagSet("trace", flag.ContinueOnError)
	fs.StringVar(&o.log, "log", "", "console log to read, - for standard input; none: boot a machine")
	fs.StringVar(&o.json, "json", "", "write Trace Event Format to this file")
	fs.StringVar(&o.svg, "svg", "", "write a sequence diagram to this file")
	fs.StringVar(&o.message, "message", "ping", "type of the message to draw, the first of it")
	fs.IntVar(&o.from, "from", 0, "the core that sent it")
	fs.StringVar(&o.keep, "console", "", "write the console of the machine to this file")
	fs.StringVar(&o.machine.Kernel, "kernel", "build/atoll.img", "image to boot")
	fs.IntVar(&o.machine.Harts, "smp", 2, "harts of the machine")
	fs.StringVar(&o.machine.Mem, "mem", "1G", "memory of the machine")
	fs.StringVar(&o.commands, "run", "trace on; ping 0 1 1; trace off; trace dump -json", "commands to run, without quotes")
	fs.DurationVar(&o.limit, "limit", 2*time.Minute, "how long the machine may take")
	if err = fs.Parse(args); err == nil && fs.NArg() > 0 {
		err = fmt.Errorf("unexpected argument %q", fs.Arg(0))
		fmt.Fprintln(fs.Output(), err)
	}
	return o, err
}

// run does what the flags say and reports to w.
func (o *options) run(w io.Writer) error {
	dump, err := o.dump()
	if err != nil {
		return err
	}
	events := trace.Merge(dump.Rings)
	fmt.Fprintf(w, "%d events of %d cores, %d messages with both ends\n", len(events), len(dump.Rings), len(trace.Match(events)))
	if o.json != "" {
		if err := write(o.json, func(f io.Writer) error { return trace.WriteChrome(f, events, dump.Timebase) }); err != nil {
			return err
		}
	}
	if o.svg == "" {
		return nil
	}
	story, err := trace.Tell(events, dump.Timebase, o.message, o.from)
	if err != nil {
		return err
	}
	return write(o.svg, func(f io.Writer) error { return trace.Draw(f, &story) })
}

// dump reads the log, or makes one.
func (o *options) dump() (trace.Dump, error) {
	switch o.log {
	case "":
		return o.boot()
	case "-":
		return trace.ReadDump(os.Stdin)
	}
	f, err := os.Open(o.log)
	if err != nil {
		return trace.Dump{}, err
	}
	defer f.Close()
	return trace.ReadDump(f)
}

// write writes a file.
func write(name string, contents func(io.Writer) error) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	err = contents(f)
	if e := f.Close(); err == nil {
		err = e
	}
	return err
}
