package console

import "testing"

// What is chosen holds for all living cores, and is shown.
// Sabotage: let chooseRoute ask the own core only.
func TestRoute(t *testing.T) {
	sys := newFake(3)
	check(t, sys, "route", OK, `CORE  CHOICE  STRATEGY  SENDS TO
   0  auto    unicast          1
   1  auto    unicast          2
   2  auto    unicast
@0 route choice=auto strategy=unicast asked=2 replied=2 hops=4 time=1500ns
`)
	check(t, sys, "route tree; route -json", OK, `{"event":"route-core","by":0,"core":2,"choice":"tree","strategy":"tree","to":""}
{"event":"route","by":0,"choice":"tree","strategy":"tree","asked":2,"replied":2,"hops":4,"time_ns":1500}
`)
	for line, want := range map[string]string{
		"route ring":   `route: there is no strategy "ring", only broadcast, unicast, tree, measured and auto`,
		"route tree 1": "unexpected argument",
	} {
		check(t, sys, line, Usage, want)
	}
	sys.silent[1] = true
	check(t, sys, "route", Failed, "core 1 did not answer")
	check(t, sys, "route auto", Failed, "core 1 did not answer")
}
