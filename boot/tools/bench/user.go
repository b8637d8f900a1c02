package main

import "fmt"

// userCosts are what the program costs measures, by the keys of its record, with what Linux
// takes for the same, in instructions; 0: it has nothing like it.
var userCosts = []struct {
	key, what string
	linux     float64
}{
	{"null", "call that does nothing, of a native dispatcher", 434},
	{"null_fp", "the same, with floating-point registers dirty", 0},
	{"linux", "call that does next to nothing, of a Linux process", 434},
	{"switch", "switch between two address spaces", 2999},
	{"switch_fp", "the same, with floating-point registers dirty", 0},
	{"lrpc", "LRPC, one way", 6950},
	{"lrpc_fp", "the same, with floating-point registers dirty", 0},
	{"fault", "page fault of a Linux process", 4440},
	{"identify", "identify a capability", 0},
	{"copy", "copy one, and delete it", 0},
	{"mint", "mint one, and delete it", 0},
	{"move", "move one there and back", 0},
	{"retype", "make a frame of RAM, cleared, and delete it", 0},
	{"map", "map a frame, and unmap it", 0},
}

// lrpcPaper is the paper's Table 1, on hardware (Baumann et al., The multikernel, SOSP
// 2009).
var lrpcPaper = []struct {
	machine       string
	cycles, nanos float64
}{
	{"2x4 Intel", 845, 318}, {"2x2 AMD", 757, 270}, {"4x4 AMD", 1463, 585}, {"8x4 AMD", 1549, 774},
}

func userTable(results map[string]*result) string {
	r := results["user-counted"]
	t := newTable("one hart, instructions", "Atoll", "Linux 6.12")
	for _, c := range userCosts {
		linux := ""
		if c.linux > 0 {
			linux = digits(c.linux)
		}
		t.row(c.what, whole(r.series("bench-user", c.key+"_ns").median()), linux)
	}
	paper := newTable("the paper's Table 1, LRPC", "cycles", "time")
	for _, p := range lrpcPaper {
		paper.row(p.machine, digits(p.cycles), span(p.nanos))
	}
	return t.b.String() + "\n" + paper.b.String()
}

func userPlot(results map[string]*result) string {
	r := results["user-counted"]
	var rows []bar
	for _, c := range userCosts {
		if c.linux == 0 {
			continue
		}
		v := r.series("bench-user", c.key+"_ns").median()
		rows = append(rows, bar{"Atoll, " + shortCosts[c.key], v, v, v, "ours"}, bar{"Linux 6.12", c.linux, c.linux, c.linux, "other"})
	}
	for _, p := range lrpcPaper {
		rows = append(rows, bar{fmt.Sprintf("LRPC, %s, cycles", p.machine), p.cycles, p.cycles, p.cycles, "floor"})
	}
	return bars("User mode: instructions of one hart", "1 ns is an instruction, of Linux too, and a cycle of the paper's machines.", rows)
}

// shortCosts are the labels of the plot.
var shortCosts = map[string]string{
	"null": "null call", "linux": "null call of Linux's", "switch": "switch", "lrpc": "LRPC, one way", "fault": "page fault",
}
