package monitor

import (
	"fmt"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/trace"
)

// Op is what a request asks for.
type Op uint16

// Operations. Their arguments and answers stand with their functions.
const (
	opConnect    Op = iota // open the channel to a core; no answer
	opReport               // -> Report
	opSpace                // -> mappings
	opPing                 // core, count -> PingReport
	opBenchPair            // core, rounds -> PairReport
	opBenchSelf            // rounds -> SelfReport
	opBenchBell            // core, rounds -> Times: how long that core takes to wake
	opSpin                 // 1 or 0: start or end a goroutine that spins
	opTrace                // trace.Action, most records -> trace.Ring
	opFail                 // how: die; no answer unless it cannot
	opSoak                 // set of cores to stream to, 0 = none
	opSoakReport           // -> SoakReports
	opBenchWake            // core, rounds -> WakeReport
	opPingFor              // core, milliseconds -> PingReport
	opGrants               // -> account of grants
	opTrips                // -> Trips that are known
	opMeasure              // -> the same, after measuring all
	opGoal                 // token of the client's text, most rows -> answer of the knowledge base
	opGoalText             // token -> text
	opFacts                // -> answer of the knowledge base: counts of facts
	opTree                 // set of cores -> answer of the knowledge base: strategy, links
	opCancel               // id: give up what the sender asks for under it; no answer
)

// Report is what an instance says of its own state.
type Report struct {
	Up           time.Duration // since its early code began
	Born         uint64        // when that was (ticks)
	HeapBytes    uint64        // live and not yet swept objects
	HeapSys      uint64        // bytes mapped for the heap
	PagesUsed    uint64        // of the kernel reserve
	PagesTotal   uint64
	GCs          uint64
	GCPause      time.Duration // total
	Goroutines   uint64
	MsgsIn       uint64
	MsgsOut      uint64
	Doorbells    uint64
	IdlePermille uint64
	Dropped      uint64 // messages that could not be
}

// perform carries out an operation on this core for a client. done is called once,
// perhaps later; it may be called before perform returns.
func (m *Monitor) perform(who client, op Op, args []uint64, done func([]uint64, error)) {
	switch op {
	case opReport:
		done(encode(nil, m.report()), nil)
	case opSpace:
		done(encodeSpace(m.hart.Space()), nil)
	case opGrants:
		done(encodeAccount(m.grants.Account()), nil)
	case opTrips:
		done(m.knownTrips(), nil)
	case opMeasure:
		m.measureAll(who, done)
	case opGoal, opFacts, opTree:
		m.knowledge.ask(m, question{op, who, [2]uint64{args[0], args[1]}, done})
	case opGoalText:
		done(m.knowledge.text(args[0]))
	case opPing:
		m.ping(who, args[0], args[1], done)
	case opBenchPair:
		m.benchPair(who, args[0], args[1], done)
	case opBenchSelf:
		m.benchSelf(args[0], done)
	case opBenchBell:
		m.benchBell(who, args[0], args[1], done)
	case opBenchWake:
		m.benchWake(who, args[0], args[1], done)
	case opPingFor:
		m.pingFor(who, args[0], args[1], done)
	case opSpin:
		m.spin(args[0] != 0)
		m.spinFor = who
		done(nil, nil)
	case opFail:
		if args[0] >= uint64(numFailures) {
			done(nil, fmt.Errorf("core %d knows no way %d to die", m.self, args[0]))
		} else if err := m.hart.Fail(FailureMode(args[0])); err != nil {
			done(nil, err)
		}
	case opSoak:
		done(nil, m.soakTo(args[0]))
	case opSoakReport:
		done(m.soakReport(), nil)
	case opTrace:
		m.trace(trace.Action(args[0]), args[1], done)
	default:
		done(nil, fmt.Errorf("core %d knows no operation %d", m.self, op))
	}
}

func (m *Monitor) report() Report {
	r := m.hart.Report()
	r.MsgsIn, r.MsgsOut, r.Dropped = m.messages.in.Load(), m.messages.out.Load(), m.dropped
	return r
}

// encodeSpace and decodeSpace carry mappings: four words each.
func encodeSpace(list []layout.Mapping) []uint64 {
	words := make([]uint64, 0, 4*len(list))
	for _, s := range list {
		words = append(words, s.VA, s.PA, s.Pages, uint64(s.Perm)|uint64(s.Kind)<<8)
	}
	return words
}

func decodeSpace(words []uint64) ([]layout.Mapping, error) {
	if len(words)%4 != 0 {
		return nil, errShape
	}
	var list []layout.Mapping
	for ; len(words) > 0; words = words[4:] {
		list = append(list, layout.Mapping{VA: words[0], PA: words[1], Pages: words[2],
			Perm: layout.Perm(words[3]), Kind: layout.Kind(words[3] >> 8)})
	}
	return list, nil
}
