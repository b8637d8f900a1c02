package monitor

import (
	"fmt"
	"hash/fnv"
	"math/bits"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/grant"
	"atoll/monitor/message"
	"atoll/monitor/route"
)

// Work beside the streams of a soak: each core registers names that others want, too,
// and takes them back (soaknames.go), and binds to others and sends over the bindings
// what proves itself (soakbind.go). Each outcome is judged at once, at a core chosen by
// chance, and when the work is over the cores are compared, and asked what they have not
// given back.

// soakWork is this core's part.
type soakWork struct {
	peers   atomic.Uint64 // cores to work with, 0 = none, and what goes on ends
	running int           // goroutines that have not ended; of the event loop
	tries   uint32        // for names, in this life; of the one goroutine that makes them

	mu     sync.Mutex
	report WorkReport // its first part
}

// WorkReport is what has come of the work of one core in its present life. Each word
// counts.
type WorkReport struct {
	Agreed     uint64 // operations that were done
	Refused    uint64 // that were not: another had the name, or wanted it
	Unclear    uint64 // whose coordinator was not told in time
	Judged     uint64 // outcomes that another core was asked for
	False      uint64 // and had otherwise
	Bound      uint64 // bindings that were made
	Closed     uint64 // by one of the ends
	Broken     uint64 // or not made, by the death of the other core
	Failed     uint64 // or not made, though both lived
	Messages   uint64 // that came back over a binding
	Alien      uint64 // as another, or out of order
	Served     uint64 // bindings of other cores to this one
	Running    uint64 // goroutines that have not ended
	Ends       uint64 // ends of such bindings that are left
	Used       uint64 // frames of the user pool that are neither free nor a broadcast line
	Orphans    uint64 // of them such as no end of a binding has
	Opening    uint64 // not 0: the pool is not open, other cores may still map an earlier life's
	View       uint64
	Digest     uint64 // of the view and the table of names
	Goroutines uint64 // all goroutines of the instance
}

var (
	askWork       = message.DeclareRequest[soakQuestion, message.None](150, "soak-work")
	askWorkReport = message.DeclareRequest[message.None, WorkReport](151, "soak-work-report")
)

func init() {
	serve(askWork, func(m *Monitor, _ client, q soakQuestion) (message.None, error) {
		return message.None{}, m.workWith(q.To)
	})
	serve(askWorkReport, func(m *Monitor, _ client, _ message.None) (WorkReport, error) { return m.workReport(), nil })
}

// workWith lets this core work with a set of others; none ends that.
func (m *Monitor) workWith(set uint64) error {
	if set>>m.self&1 != 0 || set>>m.plan.NCores != 0 {
		return fmt.Errorf("core %d cannot work with the cores %#x", m.self, set)
	}
	w := &m.soaking
	w.peers.Store(set)
	if set == 0 || w.running > 0 { // who runs looks at the set
		return nil
	}
	for _, worker := range []func(r *rand.Rand){m.soakNames, m.soakBindings} {
		w.running++
		go func() {
			worker(rand.New(rand.NewPCG(uint64(m.self), uint64(m.incarnation))))
			m.do(func() { w.running-- })
		}()
	}
	return nil
}

// peer chooses one of those that a core works with, -1 if it works no more.
func (w *soakWork) peer(r *rand.Rand) int {
	set := route.Set(w.peers.Load())
	if set == 0 {
		return -1
	}
	nth := r.IntN(bits.OnesCount64(uint64(set)))
	for core := range set.All() {
		if nth == 0 {
			return core
		}
		nth--
	}
	return -1
}

// count changes the report.
func (w *soakWork) count(f func(r *WorkReport)) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f(&w.report)
}

// workPause is between two operations, and between two bindings, at most.
const workPause = 20 * time.Millisecond

func rest(r *rand.Rand) { time.Sleep(time.Duration(r.Int64N(int64(workPause)))) }

// workReport tells what has come of the work, and what is left of it.
func (m *Monitor) workReport() WorkReport {
	w := &m.soaking
	w.mu.Lock()
	r := w.report
	w.mu.Unlock()
	r.Running = uint64(w.running)
	if m.openPool() != nil {
		r.Opening = 1
	}
	owned := map[*grant.Memory]bool{m.broadcast.own.memory: true}
	for _, e := range m.bindings.ends {
		if e.number == soakService {
			r.Ends++
		}
		owned[e.memory], owned[e.own] = true, true
	}
	r.Used = m.poolPages() - m.grants.Frames()
	for _, memory := range m.grants.Memory() {
		if !owned[memory] {
			r.Orphans += memory.Pages
		}
		if memory == m.broadcast.own.memory {
			r.Used -= memory.Pages
		}
	}
	v := m.agreement.node.View()
	r.View, r.Digest = uint64(v.Number), m.digest()
	r.Goroutines = m.hart.Report().Goroutines
	return r
}

// poolPages is how many frames the user pool has.
func (m *Monitor) poolPages() uint64 {
	return m.plan.Cores[m.self].User.Size / layout.PageSize
}

// digest is the same at two cores that have agreed on the same.
func (m *Monitor) digest() uint64 {
	h := fnv.New64a()
	v := m.agreement.node.View()
	fmt.Fprint(h, v.Number, v.Members)
	for core := range plan.MaxCores {
		if v.Members>>core&1 != 0 {
			fmt.Fprint(h, core, v.Life[core])
		}
	}
	sum := h.Sum64()
	for e := range m.agreement.replica.Services.All { // in no order
		h.Reset()
		fmt.Fprint(h, e)
		sum += h.Sum64()
	}
	return sum
}
