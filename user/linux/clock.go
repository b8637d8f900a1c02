package linux

// Clocks (uapi/linux/time.h).
const (
	clockRealtime  = 0
	clockMonotonic = 1
	clockProcess   = 2
	clockThread    = 3
	timerAbsolute  = 1
)

// clock returns what a clock shows, in nanoseconds; those that differ only in how finely
// they are read are alike.
func (p *Process) clock(id uint64) (uint64, bool) {
	wall, monotonic := p.sys.env.Clock()
	switch uint32(id) {
	case clockRealtime, 5, 11:
		return wall, true
	case clockMonotonic, 4, 6, 7:
		return monotonic, true
	}
	return 0, false
}

// clock is Process.clock, and has the clocks of the hart's time besides.
func (t *thread) clock(id uint64) (uint64, bool) {
	switch uint32(id) {
	case clockProcess:
		return t.p.sys.nanoseconds(t.p.ticks()), true
	case clockThread:
		return t.p.sys.nanoseconds(t.Used()), true
	}
	return t.p.clock(id)
}

func clockGettime(t *thread, a args) {
	ns, ok := t.clock(a[0])
	if !ok {
		t.fail(inval)
		return
	}
	t.answerStore(t.p.storeTimespec(a[1], ns))
}

// clockGetres tells the resolution of a clock: a nanosecond is the unit, whatever the
// hardware counts.
func clockGetres(t *thread, a args) {
	if _, ok := t.clock(a[0]); !ok {
		t.fail(inval)
		return
	}
	t.answerStore(a[1] == 0 || t.p.storeTimespec(a[1], 1))
}

func gettimeofday(t *thread, a args) {
	wall, _ := t.p.sys.env.Clock()
	t.answerStore((a[0] == 0 || t.p.storeTimeval(a[0], wall)) && (a[1] == 0 || t.p.store64(a[1], 0)))
}

// times tells how long the process and its children have had the hart, all of it as if in
// user mode, and answers the time since the machine began; in hundredths of a second.
func times(t *thread, a args) {
	const unit = 1e9 / ticksPerSecond
	own, children := t.p.sys.nanoseconds(t.p.ticks())/unit, t.p.sys.nanoseconds(t.p.childTicks)/unit
	if at := a[0]; at != 0 && !(t.p.store64(at, own) && t.p.store64(at+8, 0) && t.p.store64(at+16, children) && t.p.store64(at+24, 0)) {
		t.fail(fault)
		return
	}
	_, now := t.p.sys.env.Clock()
	t.answer(now / unit)
}

// Whose usage getrusage tells.
const usageSelf, usageChildren, usageThread = 0, -1, 1

func getrusage(t *thread, a args) {
	var ticks uint64
	switch int32(a[0]) {
	case usageSelf:
		ticks = t.p.ticks()
	case usageChildren:
		ticks = t.p.childTicks
	case usageThread:
		ticks = t.Used()
	default:
		t.fail(inval)
		return
	}
	t.answerStore(t.p.storeUsage(a[1], ticks))
}

// storeUsage writes a struct rusage, of which there is the time, all of it as if in user mode.
func (p *Process) storeUsage(at, ticks uint64) bool {
	var b [144]byte
	ns := p.sys.nanoseconds(ticks)
	le.PutUint64(b[0:], ns/1e9)
	le.PutUint64(b[8:], ns%1e9/1000)
	return p.store(at, b[:])
}

func nanosleep(t *thread, a args) {
	ns, e := t.p.loadSpan(a[0])
	if e != 0 {
		t.fail(e)
		return
	}
	t.sleepTold(ns, a[1])
}

func clockNanosleep(t *thread, a args) {
	now, ok := t.p.clock(a[0])
	ns, e := t.p.loadSpan(a[2])
	switch {
	case !ok:
		t.fail(inval)
	case e != 0:
		t.fail(e)
	case a[1]&timerAbsolute != 0:
		t.sleepTold(max(ns, now)-now, 0)
	default:
		t.sleepTold(ns, a[3])
	}
}

// sleepTold sleeps, and if a signal ends it writes the time that is left.
func (t *thread) sleepTold(ns, left uint64) {
	t.sleep(ns, 0)
	if left != 0 {
		t.leftAt, t.until = left, t.p.sys.loop.Now()+t.p.sys.env.Ticks(ns)
	}
}

// tellLeft writes the time that is left of a sleep.
func (t *thread) tellLeft() {
	if t.leftAt != 0 {
		now := t.p.sys.loop.Now()
		t.p.storeTimespec(t.leftAt, t.p.sys.nanoseconds(max(t.until, now)-now))
	}
}
