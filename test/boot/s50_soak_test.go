package boot

import (
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"testing"
	"time"
)

// killing kills cores of a machine at random, one a second.
type killing struct {
	*mortal
	out    *outsider
	random *rand.Rand
	next   time.Time      // when the next core is due
	kills  map[string]int // by the way to die
}

// TestS50Soak lets eight cores send to one another, agree on names that several want,
// and bind and send over bindings while, for a minute (ten with ATOLL_SOAK=1), a core
// dies each second, in a way and of a number that a seed chooses (ATOLL_SEED; else
// always the same). Whatever dies, nothing is lost, doubled or out of order between
// those that live; no operation has two outcomes; no binding ends whose cores both
// live; it lives again in time for a later death; all agree on who lives and on the names; and nothing has been leaked:
// no frame, no end of a binding, no goroutine.
// Sabotage: let flush leave out the first message if it is of a soak; let died leave a
// goroutine behind; let unbind not free the memory.
func TestS50Soak(t *testing.T) {
	t.Parallel()
	const harts = 8
	length := time.Minute
	if soak() {
		length = 10 * time.Minute
	}
	seed, err := strconv.ParseUint(os.Getenv("ATOLL_SEED"), 0, 64)
	if err != nil {
		seed = 20261129
	}
	t.Logf("ATOLL_SEED=%d", seed)
	o := machine(harts)
	o.Debug, o.Deadline = true, 2*length+4*time.Minute
	m := newMortal(t, o)
	k := &killing{m, newOutsider(t, m.Guest), rand.New(rand.NewPCG(seed, 0)), time.Now(), map[string]int{}}
	m.goesOn()
	before := m.cores()
	k.work()
	for n, end := 1, time.Now().Add(length); time.Now().Before(end); n++ {
		k.round()
		if n%8 == 0 {
			k.judge()
			k.work()
		}
	}
	k.judge()
	m.rest()
	k.leaks(before, m.cores())
	t.Logf("killed: %v; lives of each core: %v", k.kills, m.last)
	m.Send("poweroff\r")
	if status := m.Wait(); status != 0 {
		t.Errorf("QEMU's exit status is %d", status)
	}
}

// work lets all cores work, beside the traffic.
func (k *killing) work() {
	k.works = true
	k.soak()
}

// judge lets the work end, and looks at what is left: what is granted and given back all
// the time no audit could tell from what is not lawful.
func (k *killing) judge() {
	k.rest()
	k.soak()
	k.goesOn()
	k.agreed()
}

// round kills one core, or some while one hangs, and brings them back.
func (k *killing) round() {
	k.t.Helper()
	core := k.random.IntN(len(k.lives))
	how := ways[k.random.IntN(len(ways))].how
	k.wait()
	k.kills[how]++
	k.Send(fmt.Sprintf("crash %d %s\r", core, how))
	victims := []int{core}
	if how == "hang" && core != k.owner {
		victims = append(victims, k.meanwhile(core)...)
	}
	k.deaths(victims...)
	for _, core := range victims {
		k.start(core)
	}
}

// wait until the next death is due. It is the pace that is tested.
func (k *killing) wait() {
	time.Sleep(time.Until(k.next))
	k.next = time.Now().Add(time.Second)
}

// meanwhile kills two other cores from outside while one hangs, which it takes the
// others seconds to notice. The owner of the console has to report them all.
func (k *killing) meanwhile(hanging int) (victims []int) {
	k.t.Helper()
	for len(victims) < 2 {
		core := k.random.IntN(len(k.lives))
		if core == hanging || core == k.owner || slices.Contains(victims, core) {
			continue
		}
		k.wait()
		k.kills["derailed"]++
		k.out.derail(hartOf(k.t, k.Guest, core))
		victims = append(victims, core)
	}
	return victims
}

// leaks compares what the cores hold in the end with what they held before the
// first death: the owner of the console, and whoever holds most of the others.
func (k *killing) leaks(before, after []figures) {
	k.t.Helper()
	// Pages: the least heap that the runtime collects is 4 MiB, which the work fills, and
	// the runtime's own books, stacks and what lies between the objects may be as much.
	const breath = 2048
	a, b := k.most(before, 0), k.most(after, k.owner)
	for i, role := range []string{"owner of the console", "others"} {
		k.t.Logf("%s: from %d goroutines and %d pages to %d and %d", role, a[i].Goroutines, a[i].PagesUsed, b[i].Goroutines, b[i].PagesUsed)
		if b[i].Goroutines > a[i].Goroutines || b[i].PagesUsed > a[i].PagesUsed+breath || b[i].PagesTotal != a[i].PagesTotal {
			k.t.Errorf("%s: from %+v to %+v", role, a[i], b[i])
		}
	}
}

// most returns the figures of the owner, and the greatest of the other cores.
func (k *killing) most(list []figures, owner int) (most [2]figures) {
	for core, f := range list {
		if core == owner {
			most[0] = f
			continue
		}
		o := &most[1]
		o.Goroutines = max(o.Goroutines, f.Goroutines)
		o.PagesUsed = max(o.PagesUsed, f.PagesUsed)
		o.PagesTotal = max(o.PagesTotal, f.PagesTotal)
	}
	return most
}
