package monitor

import (
	"atoll/monitor/console"
	"atoll/monitor/message"
)

// SoakTo lets a core stream numbered messages to others; none ends it.
func (s *System) SoakTo(core int, peers []int) error {
	set := uint64(0)
	for _, p := range peers {
		set |= 1 << p
	}
	_, err := ask(s.ctx, s.m, core, askSoak, askTime, soakQuestion{set})
	return err
}

// Streams asks a core for what it knows of its streams.
func (s *System) Streams(core int) ([]console.Stream, error) {
	_, streams, err := askStream(s.ctx, s.m, core, askSoakReport, askTime, message.None{})
	var list []console.Stream
	for _, r := range streams {
		list = append(list, console.Stream{
			Peer: int(r.Core), Incarnation: uint32(r.Incarnation), Sent: r.Sent, Next: r.Next, Received: r.Received,
			Lost: r.Lost, Doubled: r.Doubled, Reordered: r.Reordered, Alien: r.Alien,
		})
	}
	return list, err
}
