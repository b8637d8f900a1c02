package monitor

import (
	"time"

	"atoll/arch/layout"
	"atoll/monitor/ump"
)

// Hart is what a monitor needs of the hart and the instance it runs on.
type Hart interface {
	Tracer
	// Now returns the time, in ticks that are the same on every hart.
	Now() uint64
	// Ticks and Duration convert spans.
	Ticks(time.Duration) uint64
	Duration(ticks uint64) time.Duration
	// Wait blocks the event loop until something happens or the time comes
	// (0 = no bound), and says what.
	Wait(until uint64) Event
	// Poke makes Wait return, from any goroutine.
	Poke()
	// Ring is the doorbell of another core.
	Ring(core int)
	// TakesMessages reports whether Ring reaches a core by a message, without the firmware;
	// RingPlainly makes it ask the firmware all the same, to be measured.
	TakesMessages(core int) bool
	RingPlainly(on bool)
	// Frame maps the pair frame of two cores, one of them this one.
	Frame(a, b int) (*ump.Frame, error)
	// MapFrames maps frames of a core's user pool into the RAM window, all of them or,
	// with an error, none; UnmapFrames takes them out of it.
	MapFrames(pa, pages uint64, perm layout.Perm) ([]byte, error)
	UnmapFrames(pa, pages uint64)
	// Space returns all that this instance maps.
	Space() []layout.Mapping
	// Report returns the instance's own state.
	Report() Report
	// PeekOutput copies the beginning of what the instance has written to its
	// standard output, and DropOutput takes n bytes of it away.
	PeekOutput(b []byte) int
	DropOutput(n int)
	// Start starts the hart of another core for its first life.
	Start(core int) error
	// Restart starts it for a later one, with the record that this core has put
	// into their pair frame.
	Restart(core int) error
	// Incarnation is the number of this life, from 1, and Starter the core that
	// started it: the owner of the console.
	Incarnation() uint32
	Starter() int
	// Stopped reports whether firmware says that a core's hart has stopped, or that
	// there is none.
	Stopped(core int) bool
	// Crash reads a core's crash page. It is input.
	Crash(core int) (layout.Crash, error)
	// DeviceTree copies the device tree; nil if there is none.
	DeviceTree() ([]byte, error)
	// Watch lets the trap handler answer a peer's Ask word in our Echo word, and see
	// whether that peer ends when this core does.
	Watch(core int, theirs, mine *ump.Line) error
	// SetAlone says whether any other core lives.
	SetAlone(alone bool)
	// TakeConsole takes the console and its devices over and goes on with run=. If up
	// is not nil, the machine is not up yet: then it says so when that is closed, and
	// goes on only then.
	TakeConsole(pr Progress, up <-chan struct{}) Console
	// Fail makes this instance die in a way; see Crash. It may not return.
	Fail(how FailureMode) error
	// Sleeps says how often this hart has slept for want of work, and when it last
	// began to.
	Sleeps() (count, last uint64)
	// Hurry makes this hart sleep at once when it next has nothing to do.
	Hurry()
	// BareWake makes this hart's part of the least round trip that wakes two harts;
	// see shim.BareWake.
	BareWake(*BareTrip) (word, took uint64, slept, ok bool)
	// Stir mixes a seed into what this instance's random numbers come from.
	Stir(seed *[8]uint32)
	// PowerOff and Reboot act on the machine; they return only on failure.
	PowerOff(status int) error
	Reboot() error
	// Halt stops all harts of a machine that cannot be powered off. It returns where
	// the firmware cannot do that either.
	Halt()
}

// BareTrip is one side of one BareWake.
type BareTrip struct {
	Core         int     // of the other side
	Mine, Theirs *uint64 // words in shared memory, one of each side
	Asks         bool    // this side begins, the other answers
	Again        bool    // this side has begun already, but the answer did not come in time
	Seen         uint64  // the other side's word before this trip
	Pause        uint64  // ticks to sleep before asking, or before answering
	Until        uint64  // when to give up
}

// Event is a set of reasons for which Wait returned.
type Event uint

// Events.
const (
	Doorbell Event = 1 << iota
	External       // a device wants service
	Output         // PeekOutput has something
	Poked          // do has something
	Timeout
)
