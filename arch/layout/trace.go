package layout

// Every instance can keep its latest events in a ring of records that no other
// reaches. The shim and the monitor write it; monitor/trace explains what it says.

// TraceRecord is one event.
type TraceRecord struct {
	Time uint64 // time CSR, in ticks of the timebase
	Head uint64 // kind, and above it the first argument; see Field
	A, B uint64 // further arguments
}

// TraceRecords is how many records a ring holds; a newer one takes the place of
// the oldest. A power of two, and less than a message's sequence number counts.
const TraceRecords = 4096

// TraceBuffer is the ring: record number n, from 0, stands at n modulo its size.
type TraceBuffer [TraceRecords]TraceRecord

// StartTraced is a flag of Start.Life: the new life is traced from its birth on.
const StartTraced = 1 << 63

// TraceKind says what has happened.
type TraceKind uint32

// Kinds of events; Field has their arguments.
const (
	TraceNone          TraceKind = iota
	TraceSend                    // a message was put into a channel
	TraceReceive                 // a message was taken out of a channel
	TraceDoorbellSent            // another core's doorbell was rung
	TraceDoorbellTaken           // this core's was
	TraceTrap                    // an interrupt or a fault
	TraceSleep                   // nothing can run: the hart goes to wait in wfi
	TraceWake                    // the wait is over
	TraceSwitch                  // another thread runs from here on
	TraceDispatch                // the event loop has fetched events
	TraceDeath                   // this core dies, or another has died
	TraceRestart                 // this core starts a dead one
	TraceBirth                   // this core was born, or another has come up
	TraceShoot                   // the CPU driver has others drop pages: a shootdown begins
	TraceDrop                    // the CPU driver begins to drop what another's shootdown is about
	TraceDropped                 // it has, and that will be replied
	TraceShot                    // all have replied: the CPU driver goes on
	NumTraceKinds
)

// String names the kind in one word. The shim prints it while it dies, so that it
// must not come from a table in memory that can be written.
func (k TraceKind) String() string {
	switch k {
	case TraceSend:
		return "send"
	case TraceReceive:
		return "receive"
	case TraceDoorbellSent:
		return "doorbell-sent"
	case TraceDoorbellTaken:
		return "doorbell-taken"
	case TraceTrap:
		return "trap"
	case TraceSleep:
		return "sleep"
	case TraceWake:
		return "wake"
	case TraceSwitch:
		return "switch"
	case TraceDispatch:
		return "dispatch"
	case TraceDeath:
		return "death"
	case TraceRestart:
		return "restart"
	case TraceBirth:
		return "birth"
	case TraceShoot:
		return "shoot"
	case TraceDrop:
		return "drop"
	case TraceDropped:
		return "dropped"
	case TraceShot:
		return "shot"
	}
	return "unknown"
}

// TraceHead makes the head of a record.
func TraceHead(k TraceKind, arg uint32) uint64 { return uint64(k) | uint64(arg)<<32 }

// Kind returns what has happened.
func (r *TraceRecord) Kind() TraceKind { return TraceKind(r.Head) }

// Arg returns the first argument.
func (r *TraceRecord) Arg() uint32 { return uint32(r.Head >> 32) }

// TraceInterrupt in the argument of a trap stands for the top bit of scause, which
// says that it was an interrupt; the other bits are as they were.
const TraceInterrupt = 1 << 31

// Field names argument i of a record, from 0, and gives its value. ok is false
// behind the last.
//
//	send, receive   the peer, the type and the sequence number out of the control
//	                word in A, which names the message on both sides, and the
//	                first word of the payload
//	sleep           ticks until the earliest deadline, 0 = there is none
//	switch          thread ids
//	dispatch        set of events
//	shoot and so on the number of the shootdown, of those of one program; of a
//	                shoot the set of cores, of a drop whose it is
func (r *TraceRecord) Field(i int) (name string, v uint64, ok bool) {
	arg := uint64(r.Arg())
	switch r.Kind() {
	case TraceSend:
		return pick(i, "to", arg, "type", r.A&0xffff, "number", r.A>>48, "word", r.B)
	case TraceReceive:
		return pick(i, "from", arg, "type", r.A&0xffff, "number", r.A>>48, "word", r.B)
	case TraceDoorbellSent:
		return pick(i, "to", arg, "", 0, "", 0, "", 0)
	case TraceTrap:
		return pick(i, "scause", arg, "sepc", r.A, "stval", r.B, "", 0)
	case TraceSleep:
		return pick(i, "ticks", r.A, "", 0, "", 0, "", 0)
	case TraceWake:
		return pick(i, "sip", r.A, "", 0, "", 0, "", 0)
	case TraceSwitch:
		return pick(i, "from", r.A, "to", arg, "", 0, "", 0)
	case TraceDispatch:
		return pick(i, "events", arg, "", 0, "", 0, "", 0)
	case TraceDeath:
		return pick(i, "core", arg, "cause", r.A, "incarnation", r.B, "", 0)
	case TraceRestart, TraceBirth:
		return pick(i, "core", arg, "incarnation", r.B, "", 0, "", 0)
	case TraceShoot:
		return pick(i, "number", r.A, "cores", r.B, "", 0, "", 0)
	case TraceDrop, TraceDropped:
		return pick(i, "from", arg, "number", r.A, "", 0, "", 0)
	case TraceShot:
		return pick(i, "number", r.A, "", 0, "", 0, "", 0)
	}
	return "", 0, false
}

// pick returns the i-th of up to four arguments.
func pick(i int, n0 string, v0 uint64, n1 string, v1 uint64, n2 string, v2 uint64, n3 string, v3 uint64) (string, uint64, bool) {
	switch i {
	case 0:
		return n0, v0, n0 != ""
	case 1:
		return n1, v1, n1 != ""
	case 2:
		return n2, v2, n2 != ""
	case 3:
		return n3, v3, n3 != ""
	}
	return "", 0, false
}

// TraceHex reports whether the argument of that name is read best in hexadecimal.
func TraceHex(name string) bool {
	switch name {
	case "word", "scause", "sepc", "stval", "sip", "cores":
		return true
	}
	return false
}

// TraceOldest returns the number of the oldest record to read of a ring where first
// was the next to be written when it was last emptied, and next is now; at most
// most. The numbers may be nonsense, of an instance that has gone mad; what is
// returned is no further behind next than the size of the ring.
func TraceOldest(first, next, most uint64) uint64 {
	return next - min(next-first, most, TraceRecords)
}
