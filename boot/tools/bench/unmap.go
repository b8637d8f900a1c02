package main

import "fmt"

// unmapPaper are points of the paper's Figure 7, in cycles on 8x4-core AMD Opterons: a complete
// unmap of a page (Baumann et al., The multikernel, SOSP 2009, read off the authors' plot).
var unmapPaper = map[int]struct{ barrelfish, linux, windows float64 }{2: {10500, 5300, 6100}, 4: {10600, 7300, 8900}}

// unmapHarts are the numbers of harts that have read the page, as linuxbench has them.
var unmapHarts = []int{1, 2, 4}

// unmapCalls are what takes the page, or a right to it, from them.
var unmapCalls = []struct{ call, key string }{{"munmap", "unmap"}, {"mprotect", "protect"}}

func unmapSection() section {
	return section{"unmap", measurements, []string{besideBoot, linuxName(besideBoot)}, unmapTable, "unmap.svg", unmapPlot}
}

func unmapTable(results map[string]*result) string {
	t := newTable("over "+boots(results[besideBoot])+" each: median (least to most)", "Atoll", "Linux", "Atoll to Linux", "paper, cycles: Barrelfish", "Linux 2.6.26", "Windows 2008 R2")
	for _, c := range unmapCalls {
		for _, n := range unmapHarts {
			atoll, linux := besideSeries(results, besideBoot, fmt.Sprint(c.key, n))
			cells := []string{fmt.Sprintf("%s, harts that have read the page: %d", c.call, n), "-", "-", ""}
			if len(atoll) > 0 {
				cells[1] = write3(atoll, span)
			}
			if len(linux) > 0 {
				cells[2] = write3(linux, span)
			}
			if len(atoll) > 0 && len(linux) > 0 {
				cells[3] = ratio(atoll.median() / linux.median())
			}
			if p, ok := unmapPaper[n]; ok && c.key == "unmap" {
				cells = append(cells, whole(p.barrelfish), whole(p.linux), whole(p.windows))
			} else {
				cells = append(cells, "", "", "")
			}
			t.row(cells...)
		}
	}
	return t.b.String()
}

func unmapPlot(results map[string]*result) string {
	list := []curve{{label: "Atoll", class: "ours"}, {label: "Linux", class: "other"}, {label: "paper, Barrelfish", class: "floor"}, {label: "paper, Linux", class: "floor"}}
	for _, n := range unmapHarts {
		atoll, linux := besideSeries(results, besideBoot, fmt.Sprint("unmap", n))
		p := unmapPaper[n]
		for i, v := range []float64{atoll.median(), linux.median(), p.barrelfish, p.linux} {
			if v > 0 {
				list[i].x, list[i].y = append(list[i].x, float64(n)), append(list[i].y, v)
			}
		}
	}
	return curves("munmap of a page, over harts that have read it", "Guest time; a nanosecond is a cycle in the paper's Figure 7.", list)
}
