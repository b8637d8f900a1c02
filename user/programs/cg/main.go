// Cg runs the kernel CG of the NAS Parallel Benchmarks on threads, and says how long it took
// and whether its result is the published one.
package main

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"

	"atoll/user/compute/cg"
	"atoll/user/compute/team"
	"atoll/user/program"
)

const about = `cg [-json] THREADS [CLASS]: solves sparse linear equations with so many threads, 1 to 64: the kernel CG
of the NAS Parallel Benchmarks, of class S (if not given), W or A. The time is that of the iterations`

func main() { program.Main("cg", about, run) }

func run(args []string, out io.Writer) error {
	asJSON := len(args) > 0 && args[0] == "-json"
	if asJSON {
		args = args[1:]
	}
	if len(args) < 1 || len(args) > 2 {
		return program.Misuse("it takes a number of threads, and at most a class")
	}
	threads, err := program.Count(args[0], team.Blocks)
	if err != nil {
		return err
	}
	class := cg.Classes[0]
	if len(args) > 1 {
		i := slices.IndexFunc(cg.Classes, func(c cg.Class) bool { return c.Name == args[1] })
		if i < 0 {
			return program.Misuse("there is no class " + strconv.Quote(args[1]))
		}
		class = cg.Classes[i]
	}
	r := cg.Solve(class, threads)
	if !r.Verified(class) {
		return fmt.Errorf("class %s with %d threads: zeta is %.13f, published is %.13f", class.Name, threads, r.Zeta, class.Zeta)
	}
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]any{
			"event": "cg", "class": class.Name, "threads": threads, "time_ns": r.Time.Nanoseconds(), "zeta": r.Zeta, "verified": true})
	}
	fmt.Fprintf(out, "cg: class=%s threads=%d time=%v zeta=%.13f verified=yes\n", class.Name, threads, r.Time, r.Zeta)
	return nil
}
