package agree

// Msg is a message between two nodes: seven words without padding, so that it fills
// one slot of a channel. What a field means depends on Kind.
type Msg struct {
	Kind  Kind
	Coord uint8 // coordinator of the operation
	Type  uint8 // of the operation, the State's business
	Flag  Flag
	View  uint32
	Seq   uint32
	Count uint32
	Mask  uint64
	Data  [Words]uint64
}

// Words is how many words of its own an operation has.
const Words = 4

// ItemWords is how many words an item of a snapshot has: Mask and Data.
const ItemWords = Words + 1

// Kind says what a message is.
type Kind uint8

// The messages. Do, Prepare and Decide go to all members, and may go by a tree;
// Reply may come up one, and then stands for several cores. Count is the coordinator's
// incarnation in all four: who passes them on may do so after its death. All others
// are between two cores and pass none in between.
const (
	// Do: coordinator to all. Apply the one-phase operation Seq.
	Do Kind = 1 + iota
	// Prepare: coordinator to all. May the two-phase operation Seq be done?
	Prepare
	// Decide: coordinator to all. Operation Seq+i is committed if bit i of Mask is
	// set, aborted if bit i of Data[0] is.
	Decide
	// Reply: to the coordinator. The cores of Mask answer operation Seq+i if bit i
	// of Data[0] is set; those of Data[1] say yes. Flag: Voted or Applied.
	Reply
	// Report: to the leader, from who has stopped beginning operations. View is the
	// last installed, Mask the dead of it, Seq the change that it answers, if that is
	// a join. Count messages Applying follow. Flag Busy: own operations go on.
	// Of a core without a view: Data[0] is the digest of the lives that it knows,
	// Data[1] the view that it holds a snapshot of.
	Report
	// Known: part of a report. The sender has applied this operation of a dead
	// coordinator. Flag: OnePhase or TwoPhase.
	Known
	// Install: the head of the record of view View. Mask are its members, Count the
	// outcomes that follow, Data the first members (Member). With flag Snapshot: to
	// a joiner, Seq items follow, and Count is the number of the change.
	Install
	// Member: part of a record, up to four members of its mask in order, from number
	// Count on: incarnation<<32 | view since which it is a member.
	Member
	// Outcome: part of a record, an operation of a dead coordinator that all apply.
	Outcome
	// Item: part of a snapshot: Mask and Data.
	Item
	// Change: leader to members. Stop, and report when the cores of Mask, whose
	// incarnations are halves of Data, are up; no cores: go on. Seq is its number.
	Change
	// Ready: joiner to leader. The snapshot for view View by change Seq is there.
	Ready
	// Entered: member to joiner. It has installed view View, which has both.
	Entered
	// Ask: leader to who reported a later view. Send the record of yours.
	Ask
	kinds
)

var kindNames = [kinds]string{"none", "do", "prepare", "decide", "reply", "report", "known",
	"install", "member", "outcome", "item", "change", "ready", "entered", "ask"}

func (k Kind) String() string {
	if k < kinds {
		return kindNames[k]
	}
	return "unknown"
}

// Flag is more about a message.
type Flag uint8

// Flags.
const (
	Voted    Flag = 1 + iota // Reply: to Prepare
	Applied                  // Reply: to Do and Decide
	OnePhase                 // Known, Outcome
	TwoPhase                 // Known, Outcome
	Busy                     // Report
	Snapshot                 // Install
)

// Out is a message to be sent: to each core of To, in the order of Outs, after
// whatever was sent to that core before.
type Out struct {
	To     uint64
	Direct bool // to each by itself, not by a tree: a tree of this view may be broken
	Msg    Msg
}
