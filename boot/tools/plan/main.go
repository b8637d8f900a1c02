package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"atoll/boot/plan"
	"atoll/dts"
	"atoll/dts/boards"
)

// presumedImage is the size of the image where there is none yet, bytes.
const presumedImage = 5 << 20

// Exit statuses.
const (
	statusOK = iota
	statusNoPlan
	statusUsage
)

// options are the arguments.
type options struct {
	file, image string
	hart, cores int
}

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

// run is the command; it returns the exit status.
func run(args []string, out, errs io.Writer) int {
	o, err := parse(args, errs)
	if err != nil {
		return statusUsage // parse has said why
	}
	tree, err := read(o.file)
	if err != nil {
		fmt.Fprintln(errs, "plan:", err)
		return statusUsage
	}
	in, err := plan.Presume(tree, imageSize(o.image))
	if err == nil {
		if o.hart >= 0 {
			in.BootHart = uint64(o.hart)
		}
		in.MaxCores = o.cores
		var p *plan.Plan
		var notes []string
		p, notes, err = plan.Make(in)
		if err == nil {
			describe(out, in, p, notes)
			return statusOK
		}
		list(out, "what is left out, and why", notes)
	}
	fmt.Fprintf(errs, "plan: the kernel cannot boot on this machine: %v\n", err)
	return statusNoPlan
}

// parse reads the arguments. It has said what is wrong with them.
func parse(args []string, errs io.Writer) (o options, err error) {
	fs := flag.NewFlagSet("plan", flag.ContinueOnError)
	fs.SetOutput(errs)
	fs.StringVar(&o.image, "image", "build/atoll.img", "kernel image, for its size")
	fs.IntVar(&o.hart, "hart", -1, "hart that firmware enters; -1: the lowest usable one")
	fs.IntVar(&o.cores, "cores", 0, "use at most so many harts; 0: no limit")
	if err = fs.Parse(args); err != nil {
		return o, err
	}
	if fs.NArg() != 1 || fs.Arg(0) == "" {
		err = fmt.Errorf("name one device tree, as in make plan DTB=board.dtb, or one of %s", strings.Join(boards.Names(), ", "))
	} else if o.cores < 0 {
		err = fmt.Errorf("-cores is %d, which is less than none", o.cores)
	}
	if err != nil {
		fmt.Fprintln(errs, "plan:", err)
	}
	o.file = fs.Arg(0)
	return o, err
}

// read reads a device tree: a file, or a board of dts/boards.
func read(file string) (*dts.Tree, error) {
	var blob []byte
	var err error
	if slices.Contains(boards.Names(), file) {
		blob, err = boards.Compile(file)
	} else {
		blob, err = os.ReadFile(file)
	}
	if err != nil {
		return nil, err
	}
	tree, err := dts.Parse(blob)
	if err != nil {
		return nil, fmt.Errorf("%s is no device tree that can be read: %w", file, err)
	}
	return tree, nil
}

// imageSize returns the size of the image, or one that is about right.
func imageSize(file string) uint64 {
	if s, err := os.Stat(file); err == nil && s.Size() > 0 {
		return uint64(s.Size())
	}
	return presumedImage
}
