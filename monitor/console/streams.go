package console

// Streams is what commands can ask about traffic that proves itself.
type Streams interface {
	// SoakTo lets a core stream numbered messages to other cores from now on; no
	// cores end it. Each core checks what it receives.
	SoakTo(core int, peers []int) error
	// Streams asks a core for what it knows of the streams between itself and each
	// other core.
	Streams(core int) ([]Stream, error)
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
