// Ps lists processes, with the core on which each lives.
package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"atoll/user/program"
)

const about = "ps [aux | -ef]: lists the processes that /proc knows, and the core of each; aux and -ef say with what they were called"

func main() { program.Main("ps", about, ps) }

// process is what is shown of one.
type process struct {
	pid, parent, core, ticks int
	state, name, args        string
}

func ps(args []string, out io.Writer) error {
	long := len(args) == 1 && slices.Contains([]string{"aux", "-aux", "-ef", "-e", "-A"}, args[0])
	if len(args) > 0 && !long {
		return program.Misuse("it takes aux or -ef, or nothing")
	}
	list, err := read("/proc")
	if err != nil {
		return err
	}
	w := tabwriter.NewWriter(out, 0, 0, 1, ' ', 0)
	fmt.Fprintln(w, "PID\tPPID\tCORE\tSTAT\tTIME\tCMD")
	for _, p := range list {
		what := p.name
		if long && p.args != "" {
			what = p.args
		}
		fmt.Fprintf(w, "%d\t%d\t%d\t%s\t%s\t%s\n", p.pid, p.parent, p.core, p.state, clock(p.ticks), what)
	}
	return w.Flush()
}

// clock formats hundredths of a second.
func clock(ticks int) string { return fmt.Sprintf("%d:%02d.%02d", ticks/6000, ticks/100%60, ticks%100) }

// read reads what a directory like /proc says of processes, by their numbers. One that ends meanwhile is none.
func read(dir string) (list []process, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if _, err := strconv.Atoi(e.Name()); err != nil {
			continue
		}
		stat, err := os.ReadFile(filepath.Join(dir, e.Name(), "stat"))
		if err != nil {
			continue
		}
		p, err := parse(string(stat))
		if err != nil {
			return nil, fmt.Errorf("%s/%s/stat: %w", dir, e.Name(), err)
		}
		args, _ := os.ReadFile(filepath.Join(dir, e.Name(), "cmdline"))
		p.args = strings.TrimSpace(strings.ReplaceAll(string(args), "\x00", " "))
		list = append(list, p)
	}
	slices.SortFunc(list, func(a, b process) int { return a.pid - b.pid })
	return list, nil
}

// Fields of stat behind the name (proc_pid_stat(5), whose third is the first here).
const (
	fieldState  = 0
	fieldParent = 1
	fieldTicks  = 11
	fieldCore   = 36
)

// parse reads what stat says. The name, in parentheses, may have any characters.
func parse(stat string) (p process, err error) {
	first, last := strings.IndexByte(stat, '('), strings.LastIndexByte(stat, ')')
	if first < 0 || last < first {
		return p, fmt.Errorf("%q has no name", stat)
	}
	fields := strings.Fields(stat[last+1:])
	if len(fields) <= fieldCore {
		return p, fmt.Errorf("%q has too few fields", stat)
	}
	p.name, p.state = stat[first+1:last], fields[fieldState]
	for _, x := range []struct {
		to   *int
		text string
	}{{&p.pid, strings.TrimSpace(stat[:first])}, {&p.parent, fields[fieldParent]}, {&p.ticks, fields[fieldTicks]}, {&p.core, fields[fieldCore]}} {
		if *x.to, err = strconv.Atoi(x.text); err != nil {
			return p, err
		}
	}
	return p, nil
}
