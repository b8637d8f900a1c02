package cost

import (
	"fmt"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/monitor/capops"
)

// Result is what one operation takes.
type Result struct {
	Messages int // between two cores each
	// Hops is the longest chain of messages each of which waits for the one before, until who
	// has asked has his result.
	Hops int
}

// request is the number of the operation that is counted.
const request = 1

// page is the capability, of core 0's memory.
var page = capability.Cap{Type: capability.RAM, Rights: capability.Read | capability.Write, Base: 1 << 20, Size: 4096}

// Measure counts what it takes when one of so many cores asks for a capops.Revoke or a
// capops.Retype of what all of them have.
func Measure(kind capops.Kind, cores, asks int) (Result, error) {
	if cores < 1 || cores > capops.MaxCores || asks < 0 || asks >= cores {
		return Result{}, fmt.Errorf("core %d of %d cannot be", asks, cores)
	}
	m := newMachine(cores)
	for to := 1; to < cores; to++ {
		m.do(0, func(n *capops.Node) { n.Pass(request, page, to, 0) })
		if !m.stores[to].has {
			return Result{}, fmt.Errorf("core %d has no copy", to)
		}
	}
	m.result, m.ended = Result{}, false
	m.stores[asks].asks = true
	switch kind {
	case capops.Revoke:
		m.do(asks, func(n *capops.Node) { n.Revoke(request, page) })
	case capops.Retype:
		m.do(asks, func(n *capops.Node) { n.Retype(request, page, page.Base, page.Base+page.Size) })
	default:
		return Result{}, fmt.Errorf("%v is not counted", kind)
	}
	if !m.ended {
		return Result{}, fmt.Errorf("a %v of %d cores has no result", kind, cores)
	}
	return m.result, nil
}

// machine is cores, and what is between them.
type machine struct {
	nodes  []*capops.Node
	stores []*store
	hops   int // behind what is being done
	queue  []packet
	result Result
	ended  bool
}

type packet struct {
	from, to, hops int
	msg            capops.Msg
}

func newMachine(cores int) *machine {
	m := &machine{}
	pools := make([]capops.Range, cores)
	for i := range pools {
		pools[i] = capops.Range{Base: page.Base << i, Size: page.Base << i}
	}
	for i := range cores {
		s := &store{m: m, has: i == 0}
		s.node = capops.New(capops.Config{Self: i, Pools: pools, Store: s})
		m.stores, m.nodes = append(m.stores, s), append(m.nodes, s.node)
		for other := range cores {
			s.node.Up(other)
		}
	}
	return m
}

// do has a core do something, and all others what follows from that.
func (m *machine) do(core int, f func(*capops.Node)) {
	m.hops = 0
	f(m.nodes[core])
	m.flush(core)
	for len(m.queue) > 0 {
		p := m.queue[0]
		m.queue, m.hops = m.queue[1:], p.hops
		m.nodes[p.to].Step(p.from, &p.msg)
		m.flush(p.to)
	}
}

// flush sends what a core has to say, and does what its store has been told to.
func (m *machine) flush(core int) {
	s := m.stores[core]
	if tag := s.wipes; tag != (capops.Tag{}) {
		s.wipes = capops.Tag{}
		s.node.Wiped(tag)
	}
	for _, o := range s.node.Outs() {
		m.result.Messages++
		m.queue = append(m.queue, packet{core, o.To, m.hops + 1, o.Msg})
	}
	s.node.Clear()
}

// store has a copy of the capability, or none, and never refuses. See capops.Store.
type store struct {
	m     *machine
	node  *capops.Node
	has   bool
	asks  bool // for what is counted, with a copy that stays
	wipes capops.Tag
}

func (s *store) Anchor(capability.Cap) abi.Error          { return abi.OK }
func (s *store) Release(capability.Cap)                   {}
func (s *store) Holds(capability.Cap) bool                { return s.has }
func (s *store) Free(capability.Cap, uint64, uint64) bool { return true }
func (s *store) Asks(uint32) bool                         { return s.asks }
func (s *store) Freeze(capability.Cap)                    {}
func (s *store) Thaw(capability.Cap)                      {}

func (s *store) Deliver(capability.Cap, uint64) abi.Error {
	s.has = true
	return abi.OK
}

func (s *store) Wipe(_ capability.Cap, asked uint32, tag capops.Tag) {
	s.has, s.wipes = asked != 0, tag
}

func (s *store) Result(_ uint32, e abi.Error) {
	if s.asks && e == abi.OK {
		s.m.ended, s.m.result.Hops = true, s.m.hops
	}
}
