package qemu

import (
	"fmt"
	"runtime"
	"testing"
)

// recorder is a testing.TB whose failure is a result. Fatal ends the goroutine, as
// with a real one.
type recorder struct {
	testing.TB
	failed, skipped bool
	log             string
	cleanups        []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Failed() bool     { return r.failed }
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Logf(format string, args ...any) { r.log += fmt.Sprintf(format, args...) }

func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }

func (r *recorder) Fatal(args ...any) {
	r.failed = true
	r.log += fmt.Sprint(args...)
	runtime.Goexit()
}

func (r *recorder) Skip(args ...any) {
	r.skipped = true
	r.log += fmt.Sprint(args...)
	runtime.Goexit()
}

// record runs the function and then the clean-up functions, last one first.
func record(t *testing.T, do func(r *recorder)) *recorder {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() {
		defer close(done)
		do(r)
	}()
	<-done
	for i := len(r.cleanups) - 1; i >= 0; i-- {
		r.cleanups[i]()
	}
	return r
}
