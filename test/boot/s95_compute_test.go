package boot

import (
	"strings"
	"testing"
)

// Stage 95: programs that compute with threads.

// digestOf returns the digest on the line that begins so, "" if there is no such line.
func digestOf(console, begins string) string {
	_, line, _ := strings.Cut(console, "\n"+begins+" ")
	line, _, _ = strings.Cut(line, "\n")
	_, digest, _ := strings.Cut(line, "digest=")
	digest, _, _ = strings.Cut(digest, " ")
	return digest
}

// TestS95Compute has one thread and more compute what is known, or what is the same for any
// number of them, also on several cores: floating-point registers, futexes and shared memory of a process.
// Sabotage: let team.Member.Wait not wait.
func TestS95Compute(t *testing.T) {
	t.Parallel()
	console := run(t, withPrograms(t, 3), "run cg 3; run barneshut 1 256 2; run barneshut 4 256 2; run -span 0,1,2 barneshut 3 256 2; run -span 0,1,2 primes 3 6; audit")
	for _, want := range []string{
		"\ncg: class=S threads=3 ", "zeta=8.5971775078648 verified=yes", "\nbarneshut: bodies=256 steps=2 threads=1 ", "\nbarneshut: bodies=256 steps=2 threads=4 ",
		"\nprimes: goroutines=3 limit=1000000 primes=78498 ",
	} {
		if !strings.Contains(console, want) {
			t.Errorf("no %q:\n%s", want, kernelPart(console))
		}
	}
	digest := func(threads string) string {
		return digestOf(console, "barneshut: bodies=256 steps=2 threads="+threads)
	}
	if one := digest("1"); one == "" || one != digest("4") || one != digest("3") {
		t.Errorf("the digests are %q, %q and, on three cores, %q", one, digest("4"), digest("3"))
	}
	if v := only(t, console, "audit").Int("violations"); v != 0 {
		t.Errorf("%d violations", v)
	}
}
