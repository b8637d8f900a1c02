package main

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
)

// All updates of all programs are made, of those lines only, and a program alone has a time.
// Sabotages: update a line less; add without an atomic; leave out what a program reports of its
// samples.
func TestUpdates(t *testing.T) {
	p := make(page, layout.PageSize/8)
	for _, programs := range []int{1, 3} {
		for lines := 1; lines <= mostLines; lines *= 2 {
			p.prepare(lines, 5*time.Millisecond, programs)
			errs := make([]error, programs)
			var all sync.WaitGroup
			for i := range programs {
				all.Go(func() { errs[i] = p.update(i) })
			}
			all.Wait()
			ns, samples, err := p.result()
			if err := errors.Join(append(errs, err)...); err != nil || programs == 1 && (ns <= 0 || samples == 0) {
				t.Errorf("%d programs, %d lines: %v, %d samples, %v", programs, lines, ns, samples, err)
			}
		}
	}
}

// What a program did while the others did nothing is no sample.
// Sabotage: let a sample count if others is 0.
func TestSamples(t *testing.T) {
	p := make(page, layout.PageSize/8)
	p.prepare(1, time.Millisecond, 2)
	p[ready] = 1 // the other one, which does nothing
	if err := p.update(0); err != nil {
		t.Fatal(err)
	}
	if ns, samples, err := p.result(); err != nil || ns != 0 || samples != 0 {
		t.Errorf("%v, %d samples, %v", ns, samples, err)
	}
}

// Sabotage: let result look at the first line only.
func TestLost(t *testing.T) {
	p := make(page, layout.PageSize/8)
	p.prepare(2, time.Microsecond, 1)
	if err := p.update(0); err != nil {
		t.Fatal(err)
	}
	p[lineWords]--
	if _, _, err := p.result(); err == nil || !strings.Contains(err.Error(), "line 1 has ") {
		t.Errorf("a lost update: %v", err)
	}
}

// Who is alone does not spin for ever. Sabotage: leave meetTime out of update.
func TestAlone(t *testing.T) {
	p := make(page, layout.PageSize/8)
	p.prepare(1, 1, 2)
	if err := p.update(0); !errors.Is(err, errAlone) {
		t.Errorf("%v", err)
	}
}
