package linux

// Who a process is. There is one user, 0.

func getpid(t *thread, _ args) { t.answer(t.p.id) }
func gettid(t *thread, _ args) { t.answer(t.id) }

func getppid(t *thread, _ args) {
	if t.p.parent == nil {
		t.answer(0)
		return
	}
	t.answer(t.p.parent.id)
}

// user answers the id of the user, or of the group.
func user(t *thread, _ args) { t.answer(0) }

// setUser takes the only user that there is; one of -1 leaves it.
func setUser(t *thread, a args) {
	if id := uint32(a[0]); id != 0 && id != ^uint32(0) {
		t.fail(notPermitted)
		return
	}
	t.answer(0)
}

// threeUsers tells the real, the effective and the saved id.
func threeUsers(t *thread, a args) {
	t.answerStore(t.p.store32(a[0], 0) && t.p.store32(a[1], 0) && t.p.store32(a[2], 0))
}

func setTIDAddress(t *thread, a args) {
	t.clearID = a[0]
	t.answer(t.id)
}

func schedYield(t *thread, _ args) {
	t.answer(0)
	t.p.sys.loop.Yield()
}

func exit(t *thread, a args) { t.end(a[0]) }

func exitGroup(t *thread, a args) {
	t.p.bringHome()
	t.p.exit(exited(a[0]))
}

// mostRandom bounds what one call draws.
const mostRandom = 256

func getrandom(t *thread, a args) {
	var b [mostRandom]byte
	n := min(a[1], mostRandom)
	t.p.sys.env.Random(b[:n])
	done, err := t.p.write(a[0], b[:n])
	if err != nil && done == 0 {
		t.fail(fault)
		return
	}
	t.answer(uint64(done))
}

// uname tells what system this is. Programs read the release as a number to know what they
// may ask for.
func uname(t *thread, a args) {
	const field = 65
	var b [6 * field]byte
	for i, s := range []string{"Linux", "atoll", "6.6.0-atoll", "#1 Atoll multikernel", "riscv64", "(none)"} {
		copy(b[i*field:], s)
	}
	t.answerStore(t.p.store(a[0], b[:]))
}

// sysinfo tells of time, memory and processes (struct sysinfo).
func sysinfo(t *thread, a args) {
	var b [112]byte
	_, now := t.p.sys.env.Clock()
	free, all := t.p.sys.memoryLeft()
	le.PutUint64(b[0:], now/1e9)
	le.PutUint64(b[32:], all)
	le.PutUint64(b[40:], free)
	le.PutUint16(b[80:], uint16(len(t.p.sys.processes)))
	le.PutUint32(b[104:], 1) // unit of memory, bytes
	t.answerStore(t.p.store(a[0], b[:]))
}

// Operations of prctl (uapi/linux/prctl.h).
const prSetName, prGetName = 15, 16

// prctl sets and tells the name of the process.
func prctl(t *thread, a args) {
	switch a[0] {
	case prSetName:
		name, e := t.p.loadString(a[1], mostName+1)
		if e != 0 && e != nameTooLong {
			t.fail(e)
			return
		}
		t.p.name = name
		t.answer(0)
	case prGetName:
		var b [mostName + 1]byte
		copy(b[:mostName], t.p.name)
		t.answerStore(t.p.store(a[1], b[:]))
	default:
		t.fail(inval)
	}
}
