package grant

import "atoll/arch/layout"

// Kind says what a message means.
type Kind uint32

// Kinds of messages. Fields not named are 0.
const (
	Offer    Kind = 1 + iota // ID, Life of the granter, Purpose, Rights, PA, Pages, Arg
	Accept                   // ID
	Refuse                   // ID, Why
	Revoke                   // ID
	Returned                 // ID
	Ask                      // Life of the sender: does the receiver hold frames of an earlier one?
	Clear                    // Life that was asked for: no
	numKinds
)

// Purpose says what a grant is for, and so who takes it at the holder.
type Purpose uint16

// Purposes.
const (
	ForBinding   Purpose = 1 + iota // the frame of a binding's channel
	ForBuffer                       // memory of a binding's bulk transfers
	ForBroadcast                    // a page that all cores read
	ForProgram                      // the frame of a channel between programs
	numPurposes
)

// Why is the reason for which an offer is refused.
type Why uint8

// Reasons.
const (
	BadLife    Why = 1 + iota // the offer is of another life than the channel
	BadRange                  // not in the granter's user pool
	BadRights                 // neither read-only nor read-write
	Overlap                   // part of it is held already
	TooMany                   // no more grants can be held
	NoTable                   // no page for a page table
	NotWanted                 // nobody takes it
	NoSuchBind                // nobody has asked for it
)

var whyText = [...]string{"", "the offer is of another life", "the frames are not in the granter's user pool", "the rights are not ones that can be granted",
	"some of the frames are held already", "too many grants are held", "no page is left for a table", "nobody there takes such grants", "nobody there has asked for it"}

func (w Why) String() string {
	if int(w) < len(whyText) && w > 0 {
		return whyText[w]
	}
	return "no reason is given"
}

// Msg is a message between two tables: 56 bytes, without padding.
type Msg struct {
	Kind    Kind
	ID      uint32 // of the grant, unique in one life of the granter
	Life    uint32
	Purpose Purpose
	Rights  layout.Perm
	Why     Why
	PA      uint64
	Pages   uint64
	Arg     [3]uint64 // for the purpose
}
