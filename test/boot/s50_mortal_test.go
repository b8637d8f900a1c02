package boot

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"testing"
	"time"

	"atoll/test/qemu"
)

// mortal is a session on a machine whose cores die and live again. Traffic between
// all living cores, which checks itself, goes on meanwhile.
type mortal struct {
	*qemu.Guest
	t     *testing.T
	owner int
	lives []int // incarnation of each core, 0 = it is dead
	last  []int // latest incarnation
	typed int
	works bool // the cores agree and bind, too
}

// newMortal boots a machine and starts the traffic.
func newMortal(t *testing.T, o qemu.Options) *mortal {
	t.Helper()
	if o.Deadline == 0 {
		o.Deadline = 4 * time.Minute
	}
	m := &mortal{Guest: session(t, o), t: t}
	for range o.Harts {
		m.lives, m.last = append(m.lives, 1), append(m.last, 1)
	}
	m.soak()
	return m
}

// alive are the living cores.
func (m *mortal) alive() (cores []int) {
	for core, inc := range m.lives {
		if inc > 0 {
			cores = append(cores, core)
		}
	}
	return cores
}

// do types a command and waits for what it prints. The prompt may stand before it,
// drawn anew for each line of another core.
func (m *mortal) do(command string, want ...string) []string {
	m.t.Helper()
	m.Send(command + "\r")
	var got []string
	for _, w := range want {
		got = m.Expect(w)
	}
	return got
}

// soak lets all living cores take part in the traffic, and in the work.
func (m *mortal) soak() {
	m.t.Helper()
	if len(m.alive()) > 1 {
		word := "start"
		if m.works {
			word = "work"
		}
		m.do("soak "+word, `stream to one another$`)
	}
}

// streams returns what has been received so far between living cores, by to and
// from, and checks that it was right.
func (m *mortal) streams() map[[2]int]int {
	m.t.Helper()
	m.do("soak report -json")
	got := map[[2]int]int{}
	re := regexp.MustCompile(`"to":(\d+),"from":(\d+),"received":(\d+),"lost":(\d+),"doubled":(\d+),"reordered":(\d+),"alien":(\d+)}`)
	for {
		line := m.Expect(`"event":"soak(-stream)?",.*$`)
		if line[1] == "" {
			return got
		}
		f := re.FindStringSubmatch(line[0])
		if f == nil {
			m.t.Fatalf("no stream: %q", line[0])
		}
		var n [7]int
		for i := range n {
			n[i], _ = strconv.Atoi(f[i+1])
		}
		if n[3]+n[4]+n[5]+n[6] > 0 {
			m.t.Errorf("core %d from core %d: of %d messages %d were lost, %d doubled, %d reordered, %d of another life", n[0], n[1], n[2], n[3], n[4], n[5], n[6])
		}
		if m.lives[n[1]] > 0 {
			got[[2]int{n[0], n[1]}] = n[2]
		}
	}
}

// deaths waits until every survivor has said that the victims are dead, and the
// owner how they died. One of the victims may have been the owner.
func (m *mortal) deaths(victims ...int) map[int]string {
	m.t.Helper()
	for _, v := range victims {
		m.lives[v] = 0
	}
	old := m.owner
	if m.lives[old] == 0 {
		m.owner = m.alive()[0]
	}
	causes := map[int]string{}
	told := map[[2]int]bool{}
	// What was on its way to an owner that died is lost with it, so that of another
	// death in the same moment only the next owner's line is sure.
	sure := victims
	if slices.Contains(victims, old) {
		sure = []int{old}
	}
	missing := func() bool {
		for _, core := range sure {
			for _, by := range m.alive() {
				if !told[[2]int{by, core}] {
					return true
				}
			}
		}
		return len(causes) < len(victims)
	}
	for missing() {
		f := m.Expect(`@(\d+) (peer-dead|dead|zombie) core=(\d+)(?: cause=(\w+))?$`)
		by, _ := strconv.Atoi(f[1])
		core, _ := strconv.Atoi(f[3])
		switch {
		case !slices.Contains(victims, core):
			m.t.Fatalf("core %d says: %s core=%d", by, f[2], core)
		case f[2] == "zombie": // for a time, on a host that does not run it
		case f[2] == "dead" && by != m.owner && by != old: // who may have died below that
			m.t.Errorf("core %d prints the end of core %d, not core %d", by, core, m.owner)
		case f[2] == "dead":
			causes[core] = f[4]
		case told[[2]int{by, core}] || m.lives[by] == 0 && !slices.Contains(victims, by):
			m.t.Errorf("core %d says again that core %d is dead", by, core)
		case m.lives[by] > 0:
			told[[2]int{by, core}] = true
		}
	}
	return causes
}

// goesOn checks that the machine does without the dead cores.
func (m *mortal) goesOn() {
	m.t.Helper()
	m.typed++
	m.do(fmt.Sprintf("echo typed-%d", m.typed), fmt.Sprintf(`^typed-%d$`, m.typed))
	alive := m.alive()
	for core, inc := range m.lives {
		if inc == 0 {
			m.do(fmt.Sprintf("ping %d %d", core, alive[0]), fmt.Sprintf(`^ping: core %d is not up$`, core))
			m.do(fmt.Sprintf("ping %d %d", alive[0], core), fmt.Sprintf(`^ping: core %d is not up$`, core))
		}
	}
	if len(alive) > 1 {
		before := m.streams()
		a, b := alive[0], alive[len(alive)-1]
		m.do(fmt.Sprintf("ping %d %d 50", a, b), fmt.Sprintf(`^@%d ping from=%d to=%d count=50 lost=0 doubled=0 reordered=0 `, m.owner, a, b))
		m.flows(before)
	}
	m.do("audit", fmt.Sprintf(`^@%d audit pages=\d+ shared=\d+ violations=0$`, m.owner))
	m.do("cores", fmt.Sprintf(`^@%d cores up=%d planned=%d dead=%d zombie=0$`, m.owner, len(alive), len(m.lives), len(m.lives)-len(alive)))
}

// flows checks that every living core receives from every other, after some looks:
// there is a pause between two bursts, and a burst may be empty.
func (m *mortal) flows(before map[[2]int]int) {
	m.t.Helper()
	var still [2]int
	for range 50 {
		flowing := true
		for pair, n := range m.streams() {
			if n <= before[pair] {
				flowing, still = false, pair
			}
		}
		if flowing {
			return
		}
	}
	m.t.Errorf("core %d has received nothing more from core %d: %d messages", still[0], still[1], before[still])
}

// start begins a new life of a core.
func (m *mortal) start(core int) {
	m.t.Helper()
	m.last[core]++
	m.do(fmt.Sprintf("start %d", core), fmt.Sprintf(`^@%d start core=%d state=up incarnation=%d `, m.owner, core, m.last[core]))
	m.lives[core] = m.last[core]
	m.soak()
}

// rest ends the traffic and the work, and checks them.
func (m *mortal) rest() {
	m.t.Helper()
	sum := m.do("soak stop", `^@\d+ soak pairs=\d+ received=\d+ (.*)$`)[1]
	if want := "lost=0 doubled=0 reordered=0 alien=0 missing=0"; sum != want {
		m.t.Errorf("the traffic: %s, want %s", sum, want)
	}
	if !m.works {
		return
	}
	m.works = false
	f := qemu.Facts(m.Expect(`^@\d+ soak-work .*$`)[0], "soak-work")[0]
	m.t.Logf("%v", f.Values)
	for _, what := range []string{"false", "failed", "alien", "running", "differ", "ends", "used", "orphans", "opening"} {
		if f.Int(what) != 0 {
			m.t.Errorf("%s=%s of the work, want 0", what, f.Values[what])
		}
	}
	for _, what := range []string{"agreed", "refused", "judged", "bound", "messages", "served"} {
		if f.Int(what) == 0 {
			m.t.Errorf("nothing was %s at all", what)
		}
	}
}

// end ends what goes on and the machine, and checks both.
func (m *mortal) end() {
	m.t.Helper()
	m.rest()
	m.Send("poweroff\r")
	if status := m.Wait(); status != 0 {
		m.t.Errorf("QEMU's exit status is %d", status)
	}
}
