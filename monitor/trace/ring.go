package trace

import (
	"fmt"

	"atoll/arch/layout"
)

// Record is one event as its core has recorded it.
type Record = layout.TraceRecord

// Action is what a core is asked to do with its ring.
type Action uint64

// Actions. The answer to each is the core's ring.
const (
	Status Action = iota
	On            // record events from now on
	Off
	Clear // forget what was recorded
	Read  // tell the records, too
	NumActions
)

var actionWords = [NumActions]string{"status", "on", "off", "clear", "read"}

// String names the action.
func (a Action) String() string {
	if a < NumActions {
		return actionWords[a]
	}
	return "unknown"
}

// Ring is the trace of one core.
type Ring struct {
	Core    int
	On      bool   // events are recorded
	Written uint64 // records since the ring was emptied, those written over included
	Size    uint64 // records that it can hold
	Records []Record
}

// Kept is how many records there are to read.
func (r *Ring) Kept() uint64 { return min(r.Written, r.Size) }

// State is what an answer says of a ring, beside its records.
type State struct {
	On      uint64 // 1: events are recorded
	Written uint64
	Size    uint64
}

// NewRing makes a ring of what a core has answered. It fails if that cannot be one.
func NewRing(core int, s State, records []Record) (Ring, error) {
	r := Ring{Core: core, On: s.On == 1, Written: s.Written, Size: s.Size, Records: records}
	if s.On > 1 || uint64(len(records)) > r.Kept() {
		return Ring{}, fmt.Errorf("the answer of core %d is no trace", core)
	}
	return r, nil
}
