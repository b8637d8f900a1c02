package console

// Streams is what commands can ask about traffic that proves itself.
type Streams interface {
	// SoakTo lets a core stream numbered messages to other cores from now on; no
	// cores end it. Each core checks what it receives.
	SoakTo(core int, peers []int) error
	// Streams asks a core for what it knows of the streams between itself and each
	// other core.
	Streams(core int) ([]Stream, error)
	// SoakWork lets a core agree on names with others, and bind to them, from now on; no
	// cores end it. Each outcome and each message is checked.
	SoakWork(core int, peers []int) error
	// Worked asks a core for what has come of its work, and what is left of it.
	Worked(core int) (Work, error)
}

// Work is what has come of the work of one core in its present life. Each word counts,
// but for the last ones.
type Work struct {
	Agreed, Refused, Unclear uint64 // operations, by what their coordinator was told
	Judged, False            uint64 // outcomes that another core was asked for, and had otherwise
	Bound                    uint64 // bindings that were made
	Closed, Broken, Failed   uint64 // ended in order, by a death, or though both lived
	Messages, Alien          uint64 // that came back, and came back wrong
	Served                   uint64 // bindings of others
	Running                  uint64 // goroutines that have not ended
	Ends, Used, Orphans      uint64 // left: ends of bindings, frames, frames that belong to nothing
	Opening                  uint64 // not 0: frames of an earlier life may still be mapped elsewhere
	View, Digest             uint64 // of what the cores have agreed on
	Goroutines               uint64 // of the instance
}

// Stream is what one core knows of the traffic between itself and a peer.
type Stream struct {
	Peer        int
	Incarnation uint32 // of the peer, which Sent and Next are about
	Sent        uint64 // messages to that incarnation
	Next        uint64 // number expected next from it, from 1
	Received    uint64 // messages from all incarnations
	Lost        uint64
	Doubled     uint64
	Reordered   uint64
	Alien       uint64 // of another life, or torn
}
