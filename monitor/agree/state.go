package agree

// Op is an operation on the replicated state.
type Op struct {
	Coord    uint8 // coordinator
	Type     uint8
	TwoPhase bool
	Seq      uint32
	Life     uint32 // the coordinator's incarnation
	Data     [Words]uint64
}

// State is what is replicated. Its methods are called in the node's steps: they must
// not block, allocate or call the node. An operation comes from a peer, and may be
// nonsense: then it is refused, or (Do) changes nothing, on every core alike.
type State interface {
	// Check says at the coordinator whether a one-phase operation may begin.
	Check(op *Op) bool
	// Do applies a one-phase operation. It cannot fail.
	Do(op *Op)
	// Prepare says whether a two-phase operation may be done, and if so holds off
	// all that conflicts with it until Commit or Abort.
	Prepare(op *Op) bool
	Commit(op *Op)
	Abort(op *Op)
	// Install takes note of a new view, whose outcomes have been applied. What
	// belongs to lives outside of it goes.
	Install(v *View)
	// Len is how many items a snapshot has. Next writes the first one from place at
	// on and returns the place after it; it begins with 0 and ends with -1.
	Len() int
	Next(at int, item *[ItemWords]uint64) int
	// Reset empties the state, Add puts an item of a snapshot into it, and reports
	// false if that cannot be one.
	Reset()
	Add(item *[ItemWords]uint64) bool
}
