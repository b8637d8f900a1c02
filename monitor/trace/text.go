package trace

import (
	"strconv"
	"strings"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/message"
)

// Arg is one argument of an event, its value in words where there are any.
type Arg struct{ Name, Text string }

// Args returns the arguments of a record.
func Args(r *Record) []Arg {
	var args []Arg
	for i := 0; ; i++ {
		name, v, ok := r.Field(i)
		if !ok {
			return args
		}
		args = append(args, Arg{name, value(name, v)})
	}
}

// Line writes the arguments of a record as name=value, with blanks between.
func Line(r *Record) string {
	var b strings.Builder
	for i, a := range Args(r) {
		if i > 0 {
			b.WriteByte(' ')
		}
		b.WriteString(a.Name + "=" + a.Text)
	}
	return b.String()
}

// value puts an argument into words.
func value(name string, v uint64) string {
	switch {
	case name == "type":
		return message.Name(uint16(v))
	case name == "cause":
		return layout.Cause(v).Word()
	case name == "scause":
		return trapName(v)
	case name == "events":
		return eventNames(v)
	case layout.TraceHex(name):
		return "0x" + strconv.FormatUint(v, 16)
	}
	return strconv.FormatUint(v, 10)
}

// EventNames are the bits of a set of events, as the event loop gets them.
var EventNames = []string{"doorbell", "device", "output", "local", "timeout"}

// eventNames names the events of a set.
func eventNames(set uint64) string {
	var names []string
	for i, name := range EventNames {
		if set&(1<<i) != 0 {
			names = append(names, name)
			set &^= 1 << i
		}
	}
	if set != 0 || len(names) == 0 {
		names = append(names, "0x"+strconv.FormatUint(set, 16))
	}
	return strings.Join(names, "+")
}

// trapName names the cause of a trap (Privileged ISA, table of scause values).
func trapName(cause uint64) string {
	interrupt := cause&layout.TraceInterrupt != 0
	code := cause &^ layout.TraceInterrupt
	switch {
	case interrupt && code == 1:
		return "software-interrupt"
	case interrupt && code == 5:
		return "timer-interrupt"
	case interrupt && code == 9:
		return "external-interrupt"
	case interrupt:
		return "interrupt-" + strconv.FormatUint(code, 10)
	case code == 2:
		return "illegal-instruction"
	case code == 3:
		return "breakpoint"
	case code == 12:
		return "instruction-page-fault"
	case code == 13:
		return "load-page-fault"
	case code == 15:
		return "store-page-fault"
	}
	return "exception-" + strconv.FormatUint(code, 10)
}

// Duration converts ticks of a timebase in Hz, 0 if that is not known.
func Duration(ticks, timebase uint64) time.Duration {
	if timebase == 0 {
		return 0
	}
	return time.Duration(ticks/timebase*1e9 + ticks%timebase*1e9/timebase)
}
