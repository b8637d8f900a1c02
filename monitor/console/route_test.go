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
@0 route choice=auto strategy=unicast members=3 asked=2 replied=2 hops=4 time=1500ns
`)
	check(t, sys, "route tree; route -json", OK, `{"event":"route-core","by":0,"core":2,"choice":"tree","strategy":"tree","to":""}
{"event":"route","by":0,"choice":"tree","strategy":"tree","members":3,"asked":2,"replied":2,"hops":4,"time_ns":1500}
`)
	for line, want := range map[string]string{
		"route ring":   `route: there is no strategy "ring", only broadcast, unicast, tree, measured and auto; and begin and end`,
		"route tree 1": "unexpected argument",
	} {
		check(t, sys, line, Usage, want)
	}
	check(t, sys, "route end", Usage, "route: no core sends multicasts that could be ended")
	check(t, sys, "route begin", OK, "")
	check(t, sys, "route end", Failed, `@0 multicasts core=0 count=100 short=3 missing=0 slowest=1000000ns
@0 multicasts core=1 count=101 short=3 missing=0 slowest=1000000ns
@0 multicasts core=2 count=102 short=3 missing=1 slowest=1000000ns
route: core 2 misses 1 replies of cores that lived
CORE  MULTICASTS  SHORT  MISSING  SLOWEST
   0         100      3        0   1.0 ms
   1         101      3        0   1.0 ms
   2         102      3        1   1.0 ms
`)
	sys.silent[1] = true
	check(t, sys, "route", Failed, "core 1 did not answer")
	check(t, sys, "route auto", Failed, "core 1 did not answer")
}
