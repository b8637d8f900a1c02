// Linuxbench measures what calls of Linux cost, by the same file on Atoll and on Linux: a
// system call, round trips, page faults, processes, files, a shell. On a machine that counts
// instructions a nanosecond is one.
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"time"

	"atoll/user/program"
)

const about = `linuxbench [-json] [-cores] [-init]: measures calls of Linux, in nanoseconds; -cores: only what processes on
two harts do to each other; -init: it is the first process of Linux, mounts what it needs and ends the machine`

func main() { program.Main("linuxbench", about, linuxbench) }

// settled is after what a core does when a program has begun.
const settled = 50 * time.Millisecond

// figure is a thing that is measured.
type figure struct {
	key, what string
	measure   func() (ns float64, err error)
}

func linuxbench(args []string, out io.Writer) (err error) {
	asJSON, asInit, list := false, false, figures
	for _, a := range args {
		switch a {
		case "-json":
			asJSON = true
		case "-cores":
			list = coreFigures
		case "-init":
			asInit = true
		default:
			return program.Misuse(fmt.Sprintf("%q is none of -json, -cores and -init", a))
		}
	}
	if asInit {
		defer func() { powerOff(out, err) }()
		if err := mountAll(); err != nil {
			return err
		}
	}
	debug.SetGCPercent(-1)
	defer os.RemoveAll(dir)
	if err := makeFiles(); err != nil {
		return err
	}
	r := results{"event": "linuxbench"}
	failed := r.measure(list[:bootFigures])
	if asInit {
		failed = errors.Join(failed, r.describe())
	}
	failed = errors.Join(failed, r.measure(list[bootFigures:]))
	if asJSON {
		err = json.NewEncoder(out).Encode(r)
	} else {
		r.print(out, list)
	}
	return errors.Join(err, failed)
}

// results are what was measured, by the figures' keys.
type results map[string]any

// measure measures figures. One that a system cannot give does not keep from the others.
func (r results) measure(list []figure) error {
	var errs []error
	for _, f := range list {
		ns, err := f.measure()
		switch {
		case errors.Is(err, errAbsent):
			continue
		case err != nil:
			errs = append(errs, fmt.Errorf("%s: %w", f.what, err))
			continue
		}
		r[f.key+"_ns"] = ns
	}
	return errors.Join(errs...)
}

// print prints a line for each figure that there is.
func (r results) print(out io.Writer, list []figure) {
	for _, f := range list {
		if ns, ok := r[f.key+"_ns"]; ok {
			fmt.Fprintf(out, "%-46s %10.0f ns\n", f.what, ns)
		}
	}
}
