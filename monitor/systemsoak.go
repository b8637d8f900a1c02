package monitor

import "atoll/monitor/console"

// SoakTo lets a core stream numbered messages to others; none ends it.
func (s *System) SoakTo(core int, peers []int) error {
	set := uint64(0)
	for _, p := range peers {
		set |= 1 << p
	}
	_, err := s.call(core, opSoak, askTime, set)
	return err
}

// Streams asks a core for what it knows of its streams.
func (s *System) Streams(core int) ([]console.Stream, error) {
	words, err := s.call(core, opSoakReport, askTime)
	var list []console.Stream
	for err == nil && len(words) > 0 {
		var r SoakReport
		if words, err = decode(words, &r); err == nil {
			list = append(list, console.Stream{
				Peer: int(r.Core), Incarnation: uint32(r.Incarnation), Sent: r.Sent, Next: r.Next, Received: r.Received,
				Lost: r.Lost, Doubled: r.Doubled, Reordered: r.Reordered, Alien: r.Alien,
			})
		}
	}
	return list, err
}
