package shim

import (
	"atoll/arch/layout"
	"atoll/arch/order"
	"atoll/arch/sbi"
)

// The last instances of a machine may end in the same moment: each has been told of
// nobody's death when it ends, and if each took the other for living, the machine would
// stand still without a word. So who ends looks for itself, once it has set its mark.
// That another is dead is firmware's word only (law L10); a mark is a reason to wait for
// it. If two set their marks before they look, at least one sees the other's, since the
// mark is ordered before the look; if both do, the lower core waits longer. While anybody lives who has set no mark, nobody waits.

// lastWaits is how many waits there are in a second.
const lastWaits = 10

// last reports whether firmware says that all other harts have stopped. Runs with
// interrupts off, at the end of this instance. What ends the wait if the others go on:
// a tenth of a second, and one more for each core above this one that has set its mark.
func (c *core) last() bool {
	order.FenceFull() // our mark, then theirs
	begin := readTime()
	for {
		left, patience, ok := c.watch.ending()
		switch {
		case !ok:
			return false
		case left == 0:
			return true
		case uintptr(readTime()-begin) > patience*uintptr(c.row.Timebase)/lastWaits:
			return false
		}
	}
}

// ending counts the peers whose harts have not stopped, if all of those have set their
// marks, and the waits that they are worth.
func (l *watchList) ending() (left, patience uintptr, ok bool) {
	if l.n == 0 || l.n < l.all {
		return 0, 0, false
	}
	patience = 1
	for i := uintptr(0); i < l.n; i++ {
		w := &l.w[i]
		if state, err := sbi.HartStatus(w.hart); err == sbi.Success && state == sbi.Stopped {
			continue
		}
		if load(w.echo) != load(w.life)>>32<<32|layout.DeadMark {
			return 0, 0, false
		}
		left++
		patience += 1 - w.lower
	}
	return left, patience, true
}

// remain does what is left to the last instance: it prints its crash page on the
// firmware's console, unless it knew before that nobody would, and maps the test
// finisher, whose owner is dead. Without that, firmware ends the machine, and an
// emulator's status is then 0.
func (c *core) remain(cause layout.Cause, status uintptr) {
	if c.alone == 0 {
		c.alone = 1
		p := crashPage()
		for i := uint64(0); i < p.Length && i < uint64(len(p.Text)); i++ {
			c.firmware.Put(p.Text[i])
		}
		c.seal(cause, status)
	}
	off := c.lentVA % layout.PageSize
	if c.finisher == 0 && c.lentVA != 0 && c.mapRange(c.lentVA-off, c.lentPA-off, layout.PageSize, layout.R|layout.W) == 0 {
		c.finisher = c.lentVA
	}
}
