package boot

import (
	"fmt"
	"slices"
	"strings"

	"atoll/boot/plan"
)

// othersOf lists the harts of all cores but the boot core, such as "0-2 5"; "" if
// there is none.
func othersOf(p *plan.Plan) string {
	var harts []uint64
	for i := range p.Cores[:p.NCores] {
		if i != int(p.BootCore) {
			harts = append(harts, p.Cores[i].Row.Hart)
		}
	}
	slices.Sort(harts)
	var list []string
	for i := 0; i < len(harts); {
		n := i + 1
		for n < len(harts) && harts[n] == harts[n-1]+1 {
			n++
		}
		switch first, last := harts[i], harts[n-1]; first {
		case last:
			list = append(list, fmt.Sprint(first))
		default:
			list = append(list, fmt.Sprintf("%d-%d", first, last))
		}
		i = n
	}
	return strings.Join(list, " ")
}
