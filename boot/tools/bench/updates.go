package main

import "fmt"

// updatesPaper are points of the paper's Figure 3, in thousands of cycles an update on
// 4x4-core AMD Opterons, read off the authors' plot (Baumann et al., The multikernel, SOSP
// 2009): by messages to one server, and in shared memory, of one line and of eight.
var updatesPaper = []struct {
	cores                  int
	msg1, msg8, shm1, shm8 float64
}{
	{2, 1.3, 1.3, 0.05, 1.7}, {4, 1.3, 1.3, 0.07, 2.9}, {8, 2.6, 2.7, 0.19, 6.0}, {12, 4.1, 4.25, 0.77, 10.5}, {16, 5.5, 5.8, 0.93, 11.7},
}

// updateLines are the numbers of lines that the console measures.
var updateLines = []int{1, 2, 4, 8}

// updateModel is what an update takes by counted costs, in instructions, when so many cores
// with the server have nothing else to do: a client's own part and the server's follow
// each other, until the server has no time left and the clients wait for their turn.
func updateModel(results map[string]*result, cores, lines int) (latency, server float64, ok bool) {
	c := results["updates-counted"]
	serve, ask := c.byLines("bench-updates-cost", lines, "server_ns"), c.byLines("bench-updates-cost", lines, "client_ns")
	if len(serve) == 0 || len(ask) == 0 {
		return 0, 0, false
	}
	server = serve.median()
	return max(ask.median()+server, float64(cores-1)*server), server, true
}

// byLines are the values of a key of an event's rows for so many lines and two cores, one
// for each boot.
func (r *result) byLines(event string, lines int, key string) (s series) {
	if r == nil {
		return nil
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			n, _ := rec.number("lines")
			cores, many := rec.number("cores")
			if v, ok := rec.number(key); ok && rec.event() == event && int(n) == lines && (!many || cores == 2) {
				s = append(s, v)
			}
		}
	}
	return s
}

func updatesTable(results map[string]*result) string {
	t := newTable("cores", "1 line", "2 lines", "4 lines", "8 lines", "paper: MSG1", "MSG8", "SHM1", "SHM8")
	for _, p := range updatesPaper {
		cells := []string{fmt.Sprint(p.cores)}
		for _, lines := range updateLines {
			latency, _, _ := updateModel(results, p.cores, lines)
			cells = append(cells, whole(latency))
		}
		for _, k := range []float64{p.msg1, p.msg8, p.shm1, p.shm8} {
			cells = append(cells, digits(k*1000))
		}
		t.row(cells...)
	}
	r := results["updates"]
	clock := overBoots(r)
	for _, lines := range updateLines {
		clock.over(fmt.Sprintf("lines: %d, at the client, two harts", lines), r.byLines("bench-updates", lines, "median_ns"), span)
	}
	var costs []any
	for _, lines := range updateLines {
		_, server, _ := updateModel(results, 2, lines)
		costs = append(costs, whole(server))
	}
	text := fmt.Sprintf("Counted: an update costs the server %s, %s, %s and %s instructions for 1, 2, 4 and 8 lines, the receipt of\nthe request and the answer included.\n", costs...)
	return t.b.String() + "\n" + clock.b.String() + "\n" + text
}

func updatesPlot(results map[string]*result) string {
	list := []curve{
		{label: "8 lines", class: "ours"}, {label: "1 line", class: "ours"},
		{label: "paper, MSG8", class: "floor"}, {label: "paper, SHM8", class: "other"}, {label: "paper, SHM1", class: "other"},
	}
	for _, p := range updatesPaper {
		eight, _, _ := updateModel(results, p.cores, 8)
		one, _, _ := updateModel(results, p.cores, 1)
		for i, v := range []float64{eight, one, p.msg8 * 1000, p.shm8 * 1000, p.shm1 * 1000} {
			list[i].x, list[i].y = append(list[i].x, float64(p.cores)), append(list[i].y, v)
		}
	}
	return curves("An update of shared state, over cores", "1 ns is an instruction of the model here, and a cycle in the paper's Figure 3.", list)
}
