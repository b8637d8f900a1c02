package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"slices"
	"syscall"
	"time"
)

// options are what the flags say.
type options struct {
	soak     bool
	fuzzTime time.Duration // of each fuzz target
	limit    time.Duration // of all steps together
}

func main() {
	var o options
	flag.BoolVar(&o.soak, "soak", false, "run the fuzz targets and the longer suites too")
	flag.DurationVar(&o.fuzzTime, "fuzztime", 30*time.Second, "time for each fuzz target")
	flag.DurationVar(&o.limit, "limit", 15*time.Minute, "time for all steps together")
	flag.Parse()
	todo, err := choose(o, flag.Args())
	if err != nil {
		fmt.Fprintln(os.Stderr, "report:", err)
		os.Exit(2)
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	s := newSummary(os.Stdout)
	for _, step := range todo {
		fmt.Printf("== %s\n", step.name)
		start := time.Now()
		step.run(ctx, o, s)
		s.stepTook(step.name, time.Since(start))
	}
	os.Exit(s.finish())
}

// choose returns the steps that the arguments name, or all.
func choose(o options, names []string) ([]step, error) {
	all := steps
	if o.soak {
		all = append(slices.Clone(steps), step{"fuzz", fuzz})
	}
	if len(names) == 0 {
		return all, nil
	}
	var chosen []step
	for _, name := range names {
		i := slices.IndexFunc(all, func(s step) bool { return s.name == name })
		if i < 0 {
			return nil, fmt.Errorf("there is no step %q", name)
		}
		chosen = append(chosen, all[i])
	}
	return chosen, nil
}
