package console

import "time"

// Bench is what commands can measure. Each call has a bound.
type Bench interface {
	// BenchUMP measures the channel from core a to core b over that many rounds.
	BenchUMP(a, b, rounds int) (UMPResult, error)
	// BenchLines counts the cache lines of a channel that a message changes.
	BenchLines() (LineCount, error)
	// BenchUpdates measures updates of a structure that the first of the cores, the own
	// one, has, asked for by one of the others, and more, up to all.
	BenchUpdates(cores []int, rounds int, each func(UpdatesRow)) error
	// BenchUpdateCosts measures what an update of so many lines costs both its cores.
	BenchUpdateCosts(rounds, lines int) (UpdateCosts, error)
	// BenchCore measures what a core does by itself, and how long a doorbell
	// takes to wake it.
	BenchCore(core, rounds int) (CoreResult, error)
	// BenchBinding measures a binding from core a to core b.
	BenchBinding(a, b, rounds int) (BindingResult, error)
	// BenchWake measures round trips from core a to core b for which both sleep.
	BenchWake(a, b, rounds int) (WakeResult, error)
	// BenchDoorbell measures doorbells from core a to core b, by the firmware's IPI if
	// plain, else by messages.
	BenchDoorbell(a, b, rounds int, plain bool) (DoorbellResult, error)
	// BenchLife ends a core, which is not the own one, and starts it afresh.
	BenchLife(core, rounds int) (LifeResult, error)
	// BenchInterference measures round trips from core a to core b, for a span
	// each: with nothing else going on, with others spinning, and with others
	// being ended and started afresh.
	BenchInterference(a, b int, others []int, span time.Duration) (InterferenceResult, error)
	// BenchShootdown measures the raw protocols of each strategy, with the first of the
	// cores, the own one, as root: with two of them, and more, up to all.
	BenchShootdown(cores []int, rounds int, each func(ShootRow)) error
	// BenchAgreement measures operations that cores agree on, the first of them, the own
	// one, as coordinator: two of them, and more, up to all.
	BenchAgreement(cores []int, rounds int, each func(AgreementRow)) error
	// BenchAgreementCosts measures what an operation of two cores costs these.
	BenchAgreementCosts(rounds int) (AgreementCosts, error)
	// BootTime is the time from entry until all cores were up, 0 if this core
	// does not know.
	BootTime() time.Duration
}

// Latency is a measured distribution.
type Latency struct{ Median, P99 time.Duration }

// UMPResult compares a channel with the least that two harts can do.
type UMPResult struct {
	Bare   Latency // round trip of a two-word ping-pong in plain shared memory
	Round  Latency // round trip of a 64-byte message over UMP
	OneWay float64 // messages a second when one side only sends
}

// LineCount is how many cache lines of a channel a message changes, at each end.
type LineCount struct{ Sender, Receiver float64 }

// UpdateLines are the numbers of cache lines that updates are measured with.
var UpdateLines = []int{1, 2, 4, 8}

// UpdatesRow is what updates of so many lines take for so many cores, of which one has
// the lines.
type UpdatesRow struct {
	Cores, Lines int
	Latency              // of one, at a client
	Updates      int     // made
	PerSecond    float64 // by all clients together
	Err          error   // why there is nothing else
}

// UpdateCosts are what one update costs the core that has the lines, and the one that
// asks for it, measured on one.
type UpdateCosts struct{ Server, Client time.Duration }

// CoreResult is what one core measured by itself.
type CoreResult struct {
	Send, Receive           time.Duration // of one message on a channel to itself
	SendInstr, ReceiveInstr uint64        // retired instructions of each; 0 = no counter
	DoorbellFrom            int           // core that rang, or -1 if there was none
	Idle                    Latency       // doorbell to receive on the idle core
	Busy                    Latency       // the same beside a goroutine that spins
	Boot                    time.Duration // from entry to ready
	Touched                 uint64        // bytes of memory the instance has touched
}

// WakeTrips are round trips for which both harts slept.
type WakeTrips struct {
	Latency
	Mean, Max time.Duration
	Count     int // samples
	Awake     int // trips left out, since a hart did not sleep
}

// WakeResult compares a blocked round trip with the least that two harts can do.
type WakeResult struct {
	Bare  WakeTrips // a word, an IPI and WFI, each way, with interrupts off
	Round WakeTrips // a message over UMP to a monitor that sleeps, and back
}

// LifeRound is one end of a life, and the beginning of the next.
type LifeRound struct {
	Noticed time.Duration // from the last thing it did until the own core knew
	Born    time.Duration // from the order to start until its first instruction
	Up      time.Duration // from the order to start until it said that it is up
}

// LifeResult is what came of some rounds.
type LifeResult struct {
	Rounds []LifeRound
	Wake   time.Duration // one way of a bare wake-up, the least that Noticed can be
}

// Strategies are the ways to reach many cores, as they are named everywhere.
var Strategies = []string{"broadcast", "unicast", "tree", "measured"}

// ShootRow is one strategy with so many cores.
type ShootRow struct {
	Strategy string
	Cores    int
	Latency                // of one round
	Rounds   int           // made within the time for it
	Hops     int           // messages in the longest chain in which each waits for the one before
	Messages int           // of a round
	Critical time.Duration // of the sends and receives that follow each other, without the ways between
	Err      error         // why there is no latency
}

// InterferenceResult compares the same pings under three conditions.
type InterferenceResult struct {
	Quiet, Busy, Restarts PingResult
	Lives                 int // restarts meanwhile
}
