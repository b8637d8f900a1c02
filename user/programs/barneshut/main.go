// Barneshut moves bodies by their gravity with the algorithm of Barnes and Hut, on threads, and
// says how long it took and whether what came of it can be true.
package main

import (
	"encoding/json"
	"fmt"
	"io"

	"atoll/user/compute/nbody"
	"atoll/user/compute/team"
	"atoll/user/program"
)

const about = `barneshut [-json] THREADS [BODIES [STEPS]]: moves bodies by their gravity with so many threads, 1 to 64;
1024 bodies for 4 steps, if not given. The time is that of the steps. verified=yes: their energy is
nearly what it was, and accelerations are nearly those of the sum over all other bodies. The digest is that of
places and speeds`

// Limits of the arguments: the energy before and after is a sum over all pairs.
const (
	usualBodies, leastBodies, mostBodies = 1024, 2, 1 << 16
	usualSteps, mostSteps                = 4, 1000
)

func main() { program.Main("barneshut", about, run) }

func run(args []string, out io.Writer) error {
	asJSON := len(args) > 0 && args[0] == "-json"
	if asJSON {
		args = args[1:]
	}
	if len(args) < 1 || len(args) > 3 {
		return program.Misuse("it takes a number of threads, and at most numbers of bodies and of steps")
	}
	numbers := [...]int{1, usualBodies, usualSteps}
	for i, most := range []int{team.Blocks, mostBodies, mostSteps}[:len(args)] {
		n, err := program.Count(args[i], most)
		if err != nil {
			return err
		}
		numbers[i] = n
	}
	threads, bodies, steps := numbers[0], numbers[1], numbers[2]
	if bodies < leastBodies {
		return program.Misuse("one body has nobody to pull it")
	}
	r := nbody.Run(nbody.Plummer(bodies), steps, threads)
	if !r.Verified() {
		return fmt.Errorf("%d bodies, %d steps, %d threads: the energy drifts by %g, accelerations are off by %g", bodies, steps, threads, r.Drift, r.Error)
	}
	if asJSON {
		return json.NewEncoder(out).Encode(map[string]any{
			"event": "barneshut", "bodies": bodies, "steps": steps, "threads": threads, "time_ns": r.Time.Nanoseconds(),
			"drift": r.Drift, "error": r.Error, "digest": fmt.Sprintf("%016x", r.Digest), "verified": true})
	}
	fmt.Fprintf(out, "barneshut: bodies=%d steps=%d threads=%d time=%v drift=%.1e error=%.1e digest=%016x verified=yes\n",
		bodies, steps, threads, r.Time, r.Drift, r.Error, r.Digest)
	return nil
}
