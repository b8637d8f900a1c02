package boot

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/test/qemu"
	"atoll/test/walk"
)

// TestS35Bind binds every core to every other one; a message and a buffer pass over each
// binding. While they are there audit finds granted pages and nothing wrong, and when
// they are closed no page of a user pool is mapped.
// Sabotage: let Kind call granted frames private.
func TestS35Bind(t *testing.T) {
	t.Parallel()
	eachSMP(t, 2, func(t *testing.T, harts int) {
		var commands []string
		for a := range harts {
			for b := range harts {
				if a != b && (harts <= 4 || a == 0 || b == 0) {
					commands = append(commands, fmt.Sprintf("bind %d %d", a, b))
				}
			}
		}
		n := len(commands)
		console := run(t, machine(harts), strings.Join(append(commands, "bind; audit; bind close; audit"), "; "))
		if made := qemu.Facts(console, "bind"); len(made) != n {
			t.Errorf("%d bindings were made, want %d", len(made), n)
		}
		if all := qemu.Facts(console, "bindings"); len(all) != 2 || all[0].Int("ends") != 2*n {
			t.Errorf("%v, want %d ends", all, 2*n)
		}
		var granted []int
		for _, f := range qemu.Facts(console, "audit-kind") {
			if f.Values["kind"] == "grant" {
				granted = append(granted, f.Int("pages"))
			}
		}
		if len(granted) != 1 || granted[0] < 2*n { // a frame, and a buffer page or more
			t.Errorf("granted pages: %v, want at least %d the first time, and none the second", granted, 2*n)
		}
	})
}

// TestS35Death has a core die that has granted frames and holds some, again and again:
// who was bound to it hears so at once, all is lawful, and its next life binds anew.
// Sabotage: leave the grants out of bury.
func TestS35Death(t *testing.T) {
	t.Parallel()
	o, times := machine(4), 15
	if soak() {
		o.Deadline, times = 10*time.Minute, 200
	}
	g := session(t, o)
	do := func(command string, want ...string) {
		g.Send(command + "\r")
		for _, w := range want {
			g.Expect(w)
		}
	}
	for n := range times {
		way := []string{"panic", "wild", "fault"}[n%3]
		do("bind 0 2", `^@0 bind from=0 to=2 `)
		do("bind 2 1", `^@0 bind from=2 to=1 `)
		do("bind 3 2", `^@0 bind from=3 to=2 `)
		if n%5 == 0 {
			do("audit", `^@0 audit pages=\d+ shared=\d+ violations=0$`)
		}
		do("crash 2 "+way, `^@0 crash core=2 how=`+way)
		for tries := 0; ; tries++ { // each survivor learns of the death by itself
			g.Send("bind\r")
			if ends := g.Expect(`^@0 bindings ends=(\d+)$`)[1]; ends == "0" {
				break
			} else if tries == 100 {
				t.Fatalf("round %d: %s ends of bindings are left", n, ends)
			}
		}
		if n%5 == 0 {
			do("audit", `^@0 audit pages=\d+ shared=\d+ violations=0$`)
		}
		do("start 2", `^@0 start core=2 state=up `)
	}
	do("poweroff")
	g.Wait()
	// Of each round the clients on cores 0 and 3 say so, perhaps in a line that begins
	// with the prompt; a wild core may have spoilt the channel before it died.
	dead := strings.Count(g.Console(), " binding-ended core=2 why=peer-dead")
	all := strings.Count(g.Console(), " binding-ended core=2 ")
	if dead < times || all != 2*times {
		t.Errorf("%d bindings ended, %d of them since the peer was dead, in %d rounds", all, dead, times)
	}
}

// TestS35Walk looks from outside at a machine in which cores have granted frames: what
// they report is what they map, and only those map a frame to whom it is granted. Then
// it plants a granted frame in a core that it is not granted to, which both looks find.
// Sabotage: leave out the write of the entry; let covering not compare the core.
func TestS35Walk(t *testing.T) {
	t.Parallel()
	const cores = 4
	o := machine(cores)
	o.Debug = true
	g := qemu.Start(t, o)
	g.Expect(`^@0 ready cores=4$`)
	g.ExpectText(`> `)
	for _, pair := range []string{"0 1", "1 2", "2 0"} {
		g.Send("bind " + pair + "\n")
		g.Expect(`^@0 bind from=`)
	}
	g.Send("audit -json\n")
	g.Expect(`"event":"audit",.*"violations":0`)
	reported, grants := reportedRuns(t, g.Console(), cores), reportedGrants(t, g.Console())
	spaces := outside(t, g, cores)
	for core := range cores {
		for _, problem := range compare(core, reported[core], spaces[core]) {
			t.Error(problem)
		}
	}
	for _, problem := range lawless(spaces, reported, grants) {
		t.Error(problem)
	}
	if len(grants) != 6 { // a frame and buffers for each binding
		t.Fatalf("%d grants, want 6: %v", len(grants), grants)
	}
	lent := grants[0]
	for _, o := range walk.Overlaps(runsOf(spaces)) {
		if o.PA <= lent.pa && lent.pa < o.PA+o.Pages*layout.PageSize && len(o.Spaces) == 2 {
			lent.pages = 0
		}
	}
	if lent.pages != 0 {
		t.Errorf("the frames at %#x are not shared at all", lent.pa)
	}
	plant(t, g, spaces, 3, lent.pa)
	g.Send("audit -json\n")
	g.Expect(fmt.Sprintf(`core 3 maps %#x as grant, but core %d has not granted that to it`, lent.pa, lent.core))
	g.Expect(`"event":"audit",.*"violations":[1-9]`)
	found := false
	for _, problem := range lawless(outside(t, g, cores), reported, grants) {
		found = found || strings.Contains(problem, fmt.Sprintf("share the page at %#x", lent.pa))
	}
	if !found {
		t.Errorf("the walk from outside does not find the page at %#x in core 3", lent.pa)
	}
}

// TestS35Bench measures a binding; what it says makes sense.
// Sabotage: let bindingBulk hand over one buffer less.
func TestS35Bench(t *testing.T) {
	t.Parallel()
	f := only(t, run(t, machine(2), "bench binding 0 1 -n 200"), "bench-binding")
	if f.Int("rounds") != 200 || f.Values["rtt"] == "0ns" || f.Values["woken"] == "0ns" {
		t.Errorf("%v", f.Values)
	}
}
