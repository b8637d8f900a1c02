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

// headWords are On, Written and Size; each record has recordWords behind them.
const (
	headWords   = 3
	recordWords = 4
)

// Encode returns the ring in words, for a channel. Its core is not among them.
func (r *Ring) Encode() []uint64 {
	on := uint64(0)
	if r.On {
		on = 1
	}
	words := make([]uint64, 0, headWords+recordWords*len(r.Records))
	words = append(words, on, r.Written, r.Size)
	for i := range r.Records {
		e := &r.Records[i]
		words = append(words, e.Time, e.Head, e.A, e.B)
	}
	return words
}

func noRing(core int) error { return fmt.Errorf("the answer of core %d is no trace", core) }

// Decode makes a ring of what a core has answered. It fails if that cannot be one.
func Decode(core int, words []uint64) (Ring, error) {
	if len(words) < headWords || (len(words)-headWords)%recordWords != 0 || words[0] > 1 {
		return Ring{}, noRing(core)
	}
	r := Ring{Core: core, On: words[0] == 1, Written: words[1], Size: words[2]}
	for words = words[headWords:]; len(words) > 0; words = words[recordWords:] {
		r.Records = append(r.Records, Record{Time: words[0], Head: words[1], A: words[2], B: words[3]})
	}
	if uint64(len(r.Records)) > r.Kept() {
		return Ring{}, noRing(core)
	}
	return r, nil
}
