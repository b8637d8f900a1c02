package monitor

import (
	"sync"
	"sync/atomic"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/grant"
	"atoll/monitor/message"
)

// Bounds.
const (
	// eagerCores is how many cores at most open channels to all others when they
	// come up. Above it every core has one to core 0, and opens others on demand.
	eagerCores = 16
	// pollTime is how long the event loop looks for work before it blocks: about
	// what blocking and being woken costs, which bounds both losses (paper,
	// section 4.6: poll for P = C). docs/measurements.md has both.
	pollTime = 50 * time.Microsecond
	// lookTime is after what time a loop that is always busy looks at what it
	// would otherwise learn of when it blocks.
	lookTime = time.Millisecond
	// upTime is how long core 0 waits for the others to come up.
	upTime = 30 * time.Second
)

// Console is where core 0 brings the lines of the whole machine.
type Console interface {
	// Line is called from the event loop with one line, its newline included,
	// that core has written. It must not block.
	Line(core int, text []byte)
	// Printed has f called when the lines so far have left the machine, or the device
	// takes none. It must not block, and f may be called by another goroutine.
	Printed(f func())
}

// Service is something that the event loop drives beside the channels: devices.
type Service interface {
	// External serves external interrupts.
	External()
	// Turn does what can be done now and reports whether it did anything.
	Turn() bool
	// Deadline returns when Turn wants to be called at the latest, 0 = never.
	Deadline() uint64
	// Lines reports how its devices interrupt, and how many interrupts were nobody's.
	Lines() (list []InterruptLine, stray uint64)
}

// Monitor is the monitor of one core.
type Monitor struct {
	hart    Hart
	plan    *plan.Plan
	self    int
	console Console     // on the owner, else nil
	service Service     // may be nil
	irq     *Interrupts // may be nil

	peers [plan.MaxCores]*peer // nil = no channel
	order []*peer              // those there are, by core

	poked atomic.Bool
	work  struct {
		sync.Mutex
		list []func()
	}

	calls  map[uint32]*call
	nextID uint32
	pings  map[int]*pinger // by peer
	bell   *bell           // nil = none

	tracing bool // events are recorded

	measuring bool         // this core takes part in a measurement,
	measured  client       // for whom,
	cutShort  bool         // and is to end it
	breathed  uint64       // when it last looked beyond that
	restUntil uint64       // when it may again in one that another core begins
	trip      trip         // a question of another core's
	closely   int          // looks at channels that are to follow one another, see attend
	hurry     bool         // block as soon as there is nothing to do, without polling
	aside     bool         // the same, once: somebody polls instead, or waits for the hart
	stopSpin  *atomic.Bool // ends the goroutine that uses the hart, nil = none
	spinFor   client       // who has asked for that

	incarnation uint32
	owner       int                   // core that has the console
	unprinted   []obituary            // the last of each core,
	printed     [plan.MaxCores]uint32 // and up to which life of it they have left the machine
	ownerless   bool                  // it has died, and this core has not chosen another yet
	bereft      int                   // the last owner of which this core has believed that it died
	heard       bool                  // an owner has spoken to this life
	progress    Progress
	typed       []byte // ahead, and not begun; see typed.go
	// Times at which a core that slept stops waiting for news of the owner, and at
	// which something must have become of the chosen heir (0 = none); see owner.go.
	newsUntil, heirDeadline uint64
	awakeBy                 uint64 // when the loop wanted to run again
	lives                   lives
	dying                   []confirmation
	suspect                 suspect
	grants                  *grant.Table
	broadcast               broadcastLines
	shooting                shooting
	routing                 routing
	flow                    flow
	updates                 *updates // nil = none
	trial                   *trial   // nil = none
	trials                  uint32   // that this core has begun
	bindings                bindings
	users                   userChannels
	caps                    capabilities
	soak                    soak
	soaking                 soakWork
	trips                   trips
	costs                   Costs
	knowledge               knowledge
	agreement               agreement
	names                   names
	devices                 devices
	disks                   disks
	shares                  shares
	programs                programs
	spanning                spanning
	seeds                   seeds

	lines     lineSender
	birth     birth
	onReady   func()
	poll      uint64               // pollTime in ticks
	replyPoll uint64               // replyPoll in ticks
	look      uint64               // lookTime in ticks
	tooLong   uint64               // sleepTime in ticks
	counts    [message.Limit]count // of messages, by their number
	packed    []byte               // buffer for answers
}

// New makes the monitor of core self. console is nil but on the owner. onReady is
// called once, from the event loop, when the machine is up.
func New(h Hart, p *plan.Plan, self int, c Console, s Service, onReady func()) *Monitor {
	m := &Monitor{
		hart: h, plan: p, self: self, console: c, service: s, onReady: onReady,
		calls: map[uint32]*call{}, pings: map[int]*pinger{},
		poll: h.Ticks(pollTime), replyPoll: h.Ticks(replyPoll), look: h.Ticks(lookTime), tooLong: h.Ticks(sleepTime),
	}
	m.incarnation, m.owner = h.Incarnation(), h.Starter()
	m.tracing = h.Tracing()
	m.lives.table[self] = Life{State: Up, Incarnation: m.incarnation}
	m.suspect = suspect{m: m, core: -1}
	m.lines.m = m
	m.grants = grant.New(grantPort{m}, p, self, m.incarnation)
	m.grants.Take(grant.ForBroadcast, func(h *grant.Held) grant.Why { return m.broadcast.takeLine(m, h) })
	m.routing.init(m)
	m.bindings.init(m)
	m.users.init(m)
	m.caps.init(m)
	m.agreement.init(m)
	m.names.init(m)
	m.devices.init(m)
	m.disks.init()
	m.programs.texts = map[int][]byte{}
	m.programs.commanders = map[uint32]*lentCommander{}
	m.programs.lent, m.programs.far = map[uint32]lentTerminal{}, map[farKey]*farTerminal{}
	m.birth.init(m)
	return m
}

// Plan returns the plan.
func (m *Monitor) Plan() *plan.Plan { return m.plan }

// do has f called by the event loop.
func (m *Monitor) do(f func()) {
	m.work.Lock()
	m.work.list = append(m.work.list, f)
	m.work.Unlock()
	m.poked.Store(true)
	m.hart.Poke()
}

// runWork calls what do has left.
func (m *Monitor) runWork() bool {
	if !m.poked.Load() {
		return false
	}
	m.poked.Store(false)
	for range m.workLeft() {
		m.work.Lock()
		if len(m.work.list) == 0 { // a measurement has been at it, within f
			m.work.Unlock()
			break
		}
		f := m.work.list[0]
		m.work.list[0], m.work.list = nil, m.work.list[1:]
		m.work.Unlock()
		f()
	}
	if m.workLeft() > 0 {
		m.poked.Store(true)
	}
	return true
}

func (m *Monitor) workLeft() int {
	m.work.Lock()
	defer m.work.Unlock()
	return len(m.work.list)
}
