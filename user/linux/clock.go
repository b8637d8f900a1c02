package linux

// Clocks (uapi/linux/time.h).
const (
	clockRealtime  = 0
	clockMonotonic = 1
	mostClocks     = 12
	timerAbsolute  = 1
)

// clock returns what a clock shows, in nanoseconds; those that differ only in how finely
// they are read are alike.
func (p *Process) clock(id uint64) (uint64, bool) {
	wall, monotonic := p.env.Clock()
	switch id {
	case clockRealtime, 5, 11:
		return wall, true
	case clockMonotonic, 4, 6, 7:
		return monotonic, true
	}
	return 0, false
}

func clockGettime(t *thread, a args) {
	ns, ok := t.p.clock(a[0])
	switch {
	case !ok:
		t.fail(inval)
	case !t.p.store64(a[1], ns/1e9) || !t.p.store64(a[1]+8, ns%1e9):
		t.fail(fault)
	default:
		t.answer(0)
	}
}

func nanosleep(t *thread, a args) {
	ns, e := t.p.loadSpan(a[0])
	if e != 0 {
		t.fail(e)
		return
	}
	t.sleep(ns, 0)
}

func clockNanosleep(t *thread, a args) {
	now, ok := t.p.clock(a[0])
	ns, e := t.p.loadSpan(a[2])
	switch {
	case !ok:
		t.fail(inval)
		return
	case e != 0:
		t.fail(e)
		return
	case a[1]&timerAbsolute != 0:
		ns = max(ns, now) - now
	}
	t.sleep(ns, 0)
}
