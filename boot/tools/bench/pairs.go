package main

import "fmt"

// urpcFigure is a row of the paper's Table 2.
type urpcFigure struct {
	machine, way string
	cycles       float64 // latency of a message of 64 bytes
	ghz          float64
	perKCycle    float64 // messages, pipelined
}

// urpcPaper are the rows of the paper's Table 2 that are known from its text: Baumann et
// al., The multikernel, SOSP 2009.
var urpcPaper = []urpcFigure{
	{"2x4-core Intel", "shared cache", 180, 2.66, 11.97},
	{"2x2-core AMD", "same die", 450, 2.8, 3.42},
	{"8x4-core AMD", "two hops", 618, 2.0, 2.75},
}

// ns is the latency in nanoseconds, perSecond the messages a second.
func (f *urpcFigure) ns() float64        { return f.cycles / f.ghz }
func (f *urpcFigure) perSecond() float64 { return f.perKCycle * f.ghz * 1e6 }

// all are the values of a key of an event's rows, over all boots.
func (r *result) all(event, key string) (s series) {
	if r == nil {
		return nil
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			if v, ok := rec.number(key); ok && rec.event() == event {
				s = append(s, v)
			}
		}
	}
	return s
}

func pairsTable(results map[string]*result) string {
	r := results["pairs"]
	of := func(key string) series { return r.all("bench-pair", key) }
	t := newTable(fmt.Sprintf("over %s of %d harts, each two of them", boots(r), r.Harts), "least", "median", "most")
	t.over("latency of a message: half a round trip", of("latency_ns"), span)
	t.over("the same of two words without a channel", of("bare_ns").scaled(0.5), span)
	t.over("messages a second, pipelined", of("msgs_per_s"), million)
	text := t.b.String()
	c := results["channel-counted"]
	send, receive := c.series("bench-core", "send_ns").median(), c.series("bench-core", "receive_ns").median()
	sender, receiver := r.series("bench-lines", "sender").median(), r.series("bench-lines", "receiver").median()
	text += fmt.Sprintf("\nCounted: %s instructions for a message one way, without the way; %s messages in 1000 instructions of the busier\nend; a message changes %s cache line at the sender and %s at the receiver, each of which goes to the other end once.\n",
		whole(send+receive), digits(1000/max(send, receive, 1)), ratio(sender), ratio(receiver))
	p := newTable("paper's Table 2", "latency, cycles", "latency", "messages in 1000 cycles", "messages a second")
	for _, f := range urpcPaper {
		p.row(f.machine+", "+f.way, whole(f.cycles), span(f.ns()), digits(f.perKCycle), million(f.perSecond()))
	}
	return text + "\n" + p.b.String()
}

func pairsPlot(results map[string]*result) string {
	r := results["pairs"]
	rows := []bar{
		barOf("bare, two words", "floor", r.all("bench-pair", "bare_ns").scaled(0.5)),
		barOf("Atoll, 64 bytes", "ours", r.all("bench-pair", "latency_ns")),
	}
	for _, f := range urpcPaper {
		rows = append(rows, bar{f.machine + ", " + f.way, f.ns(), f.ns(), f.ns(), "other"})
	}
	return bars("Latency of a message, one way", "Atoll on QEMU: half a round trip, all pairs of all boots. Others: the paper's Table 2, on hardware.", rows)
}
