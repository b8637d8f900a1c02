package linux

// processID is the id of every process: each knows itself alone.
const processID = 1

func getpid(t *thread, _ args) { t.answer(processID) }
func gettid(t *thread, _ args) { t.answer(t.id) }

func setTIDAddress(t *thread, a args) {
	t.clearID = a[0]
	t.answer(t.id)
}

func schedGetaffinity(t *thread, a args) {
	switch {
	case a[1] < 8 || a[1]%8 != 0:
		t.fail(inval)
	case !t.p.store64(a[2], 1):
		t.fail(fault)
	default:
		t.answer(8)
	}
}

func schedYield(t *thread, _ args) {
	t.answer(0)
	t.p.loop.Yield()
}

func exit(t *thread, a args)      { t.end(int(a[0] & 0xff)) }
func exitGroup(t *thread, a args) { t.p.exit(int(a[0] & 0xff)) }

// mostRandom bounds what one call draws.
const mostRandom = 256

func getrandom(t *thread, a args) {
	var b [mostRandom]byte
	n := min(a[1], mostRandom)
	t.p.env.Random(b[:n])
	done, err := t.p.space.Write(a[0], b[:n])
	if err != nil && done == 0 {
		t.fail(fault)
		return
	}
	t.answer(uint64(done))
}

// Flags of clone (uapi/linux/sched.h). Those of a thread are needed.
const (
	cloneThread       = 0x10000
	cloneVM           = 0x100
	cloneSetTLS       = 0x80000
	cloneParentSetTID = 0x100000
	cloneClearTID     = 0x200000
	cloneChildSetTID  = 0x1000000
)

// clone makes a thread. The order of the arguments is riscv64's.
func clone(t *thread, a args) {
	flags := a[0]
	if flags&cloneThread == 0 || flags&cloneVM == 0 {
		t.fail(noSys)
		return
	}
	n := t.p.newThread()
	if n == nil {
		t.fail(again)
		return
	}
	n.X, n.PC, n.mask = t.X, t.PC, t.mask
	f, fcsr := t.FP()
	n.SetFP(&f, fcsr)
	n.X[regSP] = a[1]
	n.answer(0)
	if flags&cloneSetTLS != 0 {
		n.X[regTP] = a[3]
	}
	if flags&cloneParentSetTID != 0 {
		t.p.store32(a[2], uint32(n.id))
	}
	if flags&cloneChildSetTID != 0 {
		t.p.store32(a[4], uint32(n.id))
	}
	if flags&cloneClearTID != 0 {
		n.clearID = a[4]
	}
	t.answer(n.id)
	t.p.loop.Wake(&n.Dispatcher)
}
