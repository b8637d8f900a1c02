//go:build !riscv64

package broadcast

import (
	"testing"

	"atoll/arch/order"
)

// interrupted is memory in which something happens just before a load or store.
type interrupted struct {
	left int // accesses before it
	f    func()
}

func (i *interrupted) access() {
	if i.left--; i.left == 0 {
		order.Model = nil
		i.f()
		order.Model = i
	}
}

func (i *interrupted) Load(p *uint64) uint64     { i.access(); return *p }
func (i *interrupted) LoadTo(to, p *uint64)      { i.access(); *to = *p }
func (i *interrupted) Store(p *uint64, v uint64) { i.access(); *p = v }
func (i *interrupted) Fence(order.Fence)         {}

// A message that is overwritten while it is read is not taken, whoever is interrupted by
// the other, and wherever.
// Sabotage: leave W1 out; leave R5 out.
func TestOverwritten(t *testing.T) {
	defer func() { order.Model = nil }()
	for _, reads := range []bool{true, false} {
		for at := 1; at < 2*Words; at++ {
			var page Page
			w := NewWriter(&page)
			r := NewReader(&page, 1)
			lap := func(n int) {
				for range n {
					m, words := message(w.Next())
					w.Put(&m, words)
				}
			}
			var got Message
			took := false
			take := func() { took = r.Take(&got) }
			lap(Slots)
			if reads {
				order.Model = &interrupted{at, func() { lap(1) }}
				take()
			} else {
				order.Model = &interrupted{at, take}
				lap(1)
			}
			order.Model = nil
			if took && check(t, &got) != 1 {
				t.Errorf("interrupted at %d: %v", at, got)
			}
		}
	}
}
