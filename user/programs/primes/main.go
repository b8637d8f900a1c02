// Primes counts primes with goroutines, as any Go program would: it knows nothing of threads, of
// cores or of Atoll.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"runtime"
	"time"

	"atoll/user/program"
)

const about = `primes [-json] [-p] GOROUTINES [DIGITS]: counts the primes below 10 to the power of DIGITS, 1 to 9, 7 if not given, with so
many goroutines, 1 to 64, that may run at the same time`

// Limits of the arguments.
const (
	mostGoroutines = 64
	usualDigits    = 7
)

func main() { program.Main("primes", about, primes) }

// known are how many primes there are below the powers of 10.
var known = [...]int{0, 4, 25, 168, 1229, 9592, 78498, 664579, 5761455, 50847534}

func primes(args []string, out io.Writer) error {
	asJSON := len(args) > 0 && args[0] == "-json"
	if asJSON {
		args = args[1:]
	}
	if len(args) > 0 && args[0] == "-p" {
		args = args[1:]
	}
	if len(args) < 1 || len(args) > 2 {
		return program.Misuse("it takes a number of goroutines, and at most one of digits")
	}
	n, err := program.Count(args[0], mostGoroutines)
	if err != nil {
		return err
	}
	digits := usualDigits
	if len(args) > 1 {
		if digits, err = program.Count(args[1], len(known)-1); err != nil {
			return err
		}
	}
	limit := 1
	for range digits {
		limit *= 10
	}
	runtime.GOMAXPROCS(n)
	begun := time.Now()
	found := count(limit, n)
	took := time.Since(begun)
	if found != known[digits] {
		return fmt.Errorf("it found %d primes below %d, of which there are %d", found, limit, known[digits])
	}
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]any{
			"event": "primes", "goroutines": n, "limit": limit, "primes": found, "time_ns": took.Nanoseconds(), "verified": true})
	}
	fmt.Fprintf(out, "primes: goroutines=%d limit=%d primes=%d time=%v verified=yes\n", n, limit, found, took)
	return nil
}
