package agree_test

import (
	"math/bits"
	"slices"

	"atoll/monitor/agree"
)

// children are whom a core passes a multicast on to: a tree of degree two over the
// members in the order from the root.
func children(v *agree.View, root, self int) (list []int) {
	var order []int
	for s := v.Members; s != 0; s &= s - 1 {
		order = append(order, bits.TrailingZeros64(s))
	}
	at, mine := 0, 0
	for i, c := range order {
		if c == root {
			at = i
		}
		if c == self {
			mine = i
		}
	}
	n := len(order)
	rank := (mine - at + n) % n
	for i := 2*rank + 1; i <= 2*rank+2 && i < n; i++ {
		list = append(list, order[(i+at)%n])
	}
	return list
}

// up passes a reply on towards the root, together with one for the same operation
// that has not been taken yet.
func (w *world) up(from int, p packet) {
	to := parent(&p.view, p.root, from)
	if q := w.pipes[[2]int{from, to}].queue; len(q) > 0 {
		last := &q[len(q)-1]
		if o := &last.msg; last.tree && last.root == p.root && o.Kind == agree.Reply && o.View == p.msg.View && o.Seq == p.msg.Seq && o.Flag == p.msg.Flag {
			o.Mask |= p.msg.Mask
			o.Data[1] |= p.msg.Data[1]
			return
		}
	}
	w.push(from, to, p)
}

// parent is whom a core has a multicast from.
func parent(v *agree.View, root, self int) int {
	for s := v.Members; s != 0; s &= s - 1 {
		c := bits.TrailingZeros64(s)
		if slices.Contains(children(v, root, c), self) {
			return c
		}
	}
	return root
}
