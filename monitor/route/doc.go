// Package route spreads a message over cores and gathers their replies.
//
// It stands between whoever has something to say to many cores (agreement,
// shootdown) and the channels, of which it knows nothing: package monitor carries
// its messages and tells it of deaths. It is pure: no goroutine, no clock, and no
// allocation in a step of a Node.
//
// # Terms
//
//	multicast  a message of one core, the root, to a set of others
//	ask        what a core sends on: the message, and the set of cores that the
//	           receiver has to see to, itself included
//	reply      the answer to an ask, once everybody in its set is accounted for:
//	           who replied, and who of them said yes
//	route      the rule by which a core divides such a set among cores that it
//	           asks: one ask to each part
//
// # Strategies
//
// Broadcast, unicast, multicast by a two-level tree and NUMA-aware multicast are
// the four protocols of the paper's section 5.1 (Baumann et al., The multikernel,
// SOSP 2009). Here they are named broadcast, unicast, tree and measured.
//
//	unicast    the root asks everybody itself
//	tree       the root asks its own group, and one core of each other group, which
//	           asks its group
//	measured   a spanning tree made from measured round trips; it serves any root
//	broadcast  the root writes one line, which all others poll (package broadcast);
//	           who does not is asked by the root itself
//
// Since an ask says whom it is for, cores need not agree on the route: whatever the
// receiver's is, it divides its own set. So a route can change at any time, on one
// core after the other, and a core that is not on the route is asked directly.
//
// # Deaths
//
// Whoever waits for a core that is gone counts its part as not accounted for, and
// replies with what it has. The root then asks those who are missing itself, once.
// What a core was asked twice it does once: a Node keeps the last Window multicasts
// of each root with their replies, and which of the 64 windows before it has carried out.
//
//	wait for                         ends with
//	a core's reply                   the reply, or Gone: it is dead, a zombie, or the
//	                                 channel to it is lost
//	the handler's word               Answer or Pass: its duty; it is on the same core
//	a multicast of one's own         the above, or End: the caller's bound
//	a free place of Window           the same of the oldest multicast
//
// # Invariants
//
//	R1  each core is asked by one other, whatever the routes    TestDivide, FuzzTree
//	R2  a multicast ends with the reply of every core that      TestSchedules
//	    lived through it
//	R3  no core carries out a multicast twice                   TestSchedules, TestAgainLate
//	R4  no peer makes a Node panic, or end another's multicast  FuzzNode, TestForeign
//	R5  no step allocates                                       TestAllocations
package route
