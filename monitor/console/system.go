package console

import (
	"context"
	"time"

	"atoll/arch/layout"
	"atoll/boot/plan"
	"atoll/monitor/grant"
)

// System is all that commands can ask of the machine. Each call that concerns
// another core is a message and an answer, has a bound, and fails with an error
// whose text is a clause fit for the console, such as "core 3 did not answer
// within 1s". Calls come from any goroutine: programs give commands, too.
type System interface {
	// Self is the core that the console runs on.
	Self() int
	// With returns a view of the machine whose calls end, with the context's cause,
	// when the context does. What is done for them elsewhere ends, too; an order to
	// end or to start a core stands.
	With(context.Context) System
	// Plan is the plan, which nobody writes.
	Plan() *plan.Plan
	// Alive lists the living cores in ascending order, as far as is known here.
	Alive() []int
	Lives
	Streams
	Bindings
	Names
	Disks
	Programs
	// Seeds asks a core how many seeds were mixed into its random numbers in its life,
	// besides the one that it was born with.
	Seeds(core int) (uint64, error)
	Tracer
	Messages
	InterruptReports
	Knowledge
	Routing
	// Stat asks a core what it is and does.
	Stat(core int) (CoreStat, error)
	// Mappings asks a core for all that its kernel maps, merged into runs.
	Mappings(core int) ([]layout.Mapping, error)
	// Grants asks a core what it has granted of its user pool, and what it holds.
	Grants(core int) (grant.Account, error)
	// Ping sends count messages from core a to core b, each answered before the
	// next is sent.
	Ping(a, b, count int) (PingResult, error)
	Bench
	// PowerOff ends the machine with a status that the outside sees. It returns
	// only if it could not.
	PowerOff(status int) error
	// Halt stops all harts of a machine that PowerOff cannot end. It returns where
	// that cannot be done either, and the machine goes on.
	Halt()
	// Reboot starts the machine afresh. It returns only if it could not.
	Reboot() error
}

// CoreStat is what one instance says of itself.
type CoreStat struct {
	Core, Hart   int
	State        string        // one word, "up" if nothing is wrong
	Up           time.Duration // since the instance entered its first instruction
	HeapBytes    uint64        // live and not yet swept objects of the Go heap
	HeapSys      uint64        // bytes the Go runtime has mapped for its heap
	PagesUsed    uint64        // pages of the kernel reserve in use
	PagesTotal   uint64        // pages of the kernel reserve
	GCs          uint64        // garbage collections completed
	GCPause      time.Duration // total of their pauses
	Goroutines   int
	MsgsIn       uint64 // messages received on all channels
	MsgsOut      uint64 // messages sent on all channels
	Doorbells    uint64 // IPIs taken as doorbells
	IdlePermille int    // share of time in WFI since the instance came up
}

// PingResult is what came of a ping. The times are round trips.
type PingResult struct {
	Count                    int // messages sent
	Lost, Reordered, Doubled int
	Min, Median, P99, Max    time.Duration
}
