package main

import "fmt"

// table3 is the paper's Table 3, on 2x2-core AMD: IPC of L4 between two
// processes of a core, beside messages between two cores of a die (Baumann et al., The
// multikernel, SOSP 2009).
var table3 = []struct {
	what              string
	cycles, perKCycle float64
	icache, dcache    int // lines
}{
	{"URPC, two cores of a die", 450, 3.42, 9, 8},
	{"L4 IPC, one core", 424, 2.36, 25, 13},
}

// userUMP returns a key's series over boots.
func userUMP(results map[string]*result, key string) series {
	return results["userump"].series("bench-userump", key)
}

// userUMPCounts are the instructions of a message at its two ends: of a program, and of the
// kernel's channel.
func userUMPCounts(results map[string]*result) (send, receive, kernelSend, kernelReceive float64) {
	c, k := results["userump-counted"], results["channel-counted"]
	return c.series("bench-userump-count", "send").median(), c.series("bench-userump-count", "receive").median(),
		k.series("bench-core", "send_ns").median(), k.series("bench-core", "receive_ns").median()
}

func userUMPTable(results map[string]*result) string {
	t := overBoots(results["userump"])
	bare, rtt := userUMP(results, "bare_ns"), userUMP(results, "rtt_ns")
	t.over("bare ping-pong of two words", bare, span)
	t.over("message of 64 bytes and its answer, both poll", rtt, span)
	t.over("ratio in the same boot", rtt.ratios(bare), ratio)
	t.over("latency of a message: half of that", rtt.scaled(0.5), span)
	t.over("message and its answer, both block", userUMP(results, "blocked_ns"), span)
	send, receive, kernelSend, kernelReceive := userUMPCounts(results)
	c := newTable("one hart, instructions", "send", "receive", "one way", "messages in 1000 of the busier end")
	for _, row := range []struct {
		what          string
		send, receive float64
	}{{"between programs", send, receive}, {"between the kernels' event loops", kernelSend, kernelReceive}} {
		c.row(row.what, whole(row.send), whole(row.receive), whole(row.send+row.receive), digits(1000/max(row.send, row.receive, 1)))
	}
	p := newTable("paper's Table 3, 2x2-core AMD", "latency, cycles", "messages in 1000 cycles", "lines of I-cache", "of D-cache")
	for _, f := range table3 {
		p.row(f.what, digits(f.cycles), digits(f.perKCycle), fmt.Sprint(f.icache), fmt.Sprint(f.dcache))
	}
	return t.b.String() + "\n" + c.b.String() + "\n" + p.b.String()
}

func userUMPPlot(results map[string]*result) string {
	rows := []bar{
		barOf("bare, two words", "floor", userUMP(results, "bare_ns").scaled(0.5)),
		barOf("Atoll's programs, both poll", "ours", userUMP(results, "rtt_ns").scaled(0.5)),
		barOf("Atoll's programs, both block", "ours", userUMP(results, "blocked_ns").scaled(0.5)),
	}
	for _, f := range urpcPaper {
		rows = append(rows, bar{f.machine + ", " + f.way, f.ns(), f.ns(), f.ns(), "other"})
	}
	return bars("Latency of a message between programs of two cores", "Atoll on QEMU: half a round trip, medians over boots. Others: the paper's Table 2, on hardware.", rows)
}
