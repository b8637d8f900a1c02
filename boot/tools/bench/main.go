package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

func main() {
	image := flag.String("image", "build/atoll.img", "kernel `image`")
	out := flag.String("out", "build/bench", "`directory` for what is measured")
	docs := flag.String("docs", "", "`directory` of the documentation to renew; none if empty")
	boots := flag.Int("boots", 7, "`number` of boots of what the host disturbs")
	only := flag.String("only", "", "measure only experiments whose names begin with one of these `words`, separated by commas")
	linux := flag.String("linux", "", "measure Atoll beside Linux instead, whose kernel is in this `directory` or will be")
	flag.Parse()
	s, err := measured(*boots), error(nil)
	if *linux != "" {
		s, err = beside(*linux, *boots)
	}
	if err == nil {
		err = s.run(*image, *out, *docs, *only)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// suite is what is measured in one run, and the parts of the documentation it is for.
type suite struct {
	experiments []experiment
	sections    []section
	host        string // the place in measurements.md for the host
}

// measured is Atoll's.
func measured(boots int) suite { return suite{experiments(boots), sections(), "host"} }

// run measures and writes. What an earlier run has measured and this one does not
// stays, so that a single experiment can be repeated.
func (s suite) run(image, out, docs, only string) error {
	if word := unknown(s.experiments, only); word != "" {
		return fmt.Errorf("no experiment begins with %q; there are %s", word, strings.Join(names(s.experiments), ", "))
	}
	if err := os.MkdirAll(out, 0o777); err != nil {
		return err
	}
	for _, e := range s.experiments {
		if !selected(e.name, only) {
			continue
		}
		if e.boots < 1 {
			return errors.New("there must be at least one boot")
		}
		if e.machine.Kernel == "" {
			e.machine.Kernel = image
		}
		r, err := e.run(os.Stderr)
		if err != nil {
			return fmt.Errorf("%s: %w", e.name, err)
		}
		if err := writeJSON(filepath.Join(out, e.name+".json"), r); err != nil {
			return err
		}
	}
	results, err := readResults(out, s.experiments)
	if err != nil {
		return err
	}
	host, err := describeHost(results)
	if err != nil {
		return err
	}
	if err := s.report(out, docs, host, results, os.Stderr); err != nil {
		return err
	}
	fmt.Fprintf(os.Stderr, "bench: %s has the tables\n", filepath.Join(out, "tables.md"))
	return nil
}

// selected reports whether an experiment is to run.
func selected(name, only string) bool {
	for word := range strings.SplitSeq(only, ",") {
		if strings.HasPrefix(name, word) {
			return true
		}
	}
	return false
}

// unknown returns a word of only with which no experiment begins, "" if there is none.
func unknown(list []experiment, only string) string {
	for word := range strings.SplitSeq(only, ",") {
		if !slices.ContainsFunc(list, func(e experiment) bool { return strings.HasPrefix(e.name, word) }) {
			return word
		}
	}
	return ""
}

func names(list []experiment) []string {
	var all []string
	for _, e := range list {
		all = append(all, e.name)
	}
	return all
}

// run boots the machine as often as the experiment wants. It fails if no boot has a
// result.
func (e *experiment) run(log io.Writer) (*result, error) {
	r := &result{Name: e.name, Date: time.Now().UTC().Format(time.DateOnly), Harts: e.machine.Harts, Counted: e.counted(), Commands: e.commands}
	var last error
	for n := range e.boots {
		load := loadAverage()
		fmt.Fprintf(log, "%s: boot %d of %d, load %.1f\n", e.name, n+1, e.boots, load)
		records, err := e.boot(log)
		if err != nil {
			fmt.Fprintf(log, "  given up: %v\n", err)
			r.Failed++
			last = err
			continue
		}
		r.Loads = append(r.Loads, load)
		r.Boots = append(r.Boots, records)
	}
	if len(r.Boots) == 0 {
		return nil, last
	}
	return r, nil
}

func writeJSON(path string, v any) error {
	b, err := json.MarshalIndent(v, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(path, append(b, '\n'), 0o666)
}

// readResults reads what has been measured, by the experiments' names.
func readResults(dir string, list []experiment) (map[string]*result, error) {
	results := map[string]*result{}
	for _, e := range list {
		b, err := os.ReadFile(filepath.Join(dir, e.name+".json"))
		if errors.Is(err, os.ErrNotExist) {
			continue
		}
		r := new(result)
		if err == nil {
			err = json.Unmarshal(b, r)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", e.name, err)
		}
		results[e.name] = r
	}
	return results, nil
}
