package harness

import (
	"fmt"
	"runtime"
	"slices"
	"testing"
)

// Try runs check, which reports to the TB it is given, and returns whether that
// failed and what it logged: for tests of which a failure is the point.
func Try(t testing.TB, check func(tb testing.TB)) (failed bool, log string) {
	r := &recorder{TB: t}
	done := make(chan struct{})
	go func() { // Fatal ends it
		defer close(done)
		check(r)
	}()
	<-done
	for _, f := range slices.Backward(r.cleanups) {
		f()
	}
	return r.failed, r.log
}

// recorder is a testing.TB whose failure is a result. What it does not define is
// left to the test's own TB.
type recorder struct {
	testing.TB
	failed   bool
	log      string
	cleanups []func()
}

func (r *recorder) Helper()          {}
func (r *recorder) Failed() bool     { return r.failed }
func (r *recorder) Cleanup(f func()) { r.cleanups = append(r.cleanups, f) }

func (r *recorder) Log(args ...any)                 { r.log += fmt.Sprintln(args...) }
func (r *recorder) Logf(format string, args ...any) { r.Log(fmt.Sprintf(format, args...)) }

func (r *recorder) Error(args ...any) { r.failed = true; r.Log(args...) }

func (r *recorder) Errorf(format string, args ...any) { r.Error(fmt.Sprintf(format, args...)) }

func (r *recorder) Fatal(args ...any) { r.Error(args...); runtime.Goexit() }

func (r *recorder) Fatalf(format string, args ...any) { r.Fatal(fmt.Sprintf(format, args...)) }
