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

// SoakWork lets a core agree on names and use bindings with others; none ends it.
func (s *System) SoakWork(core int, peers []int) error {
	set := uint64(0)
	for _, p := range peers {
		set |= 1 << p
	}
	_, err := ask(s.ctx, s.m, core, askWork, askTime, soakQuestion{set})
	return err
}

// Worked asks a core for what has come of its work.
func (s *System) Worked(core int) (console.Work, error) {
	r, err := ask(s.ctx, s.m, core, askWorkReport, askTime, message.None{})
	return console.Work{
		Agreed: r.Agreed, Refused: r.Refused, Unclear: r.Unclear, Judged: r.Judged, False: r.False,
		Bound: r.Bound, Closed: r.Closed, Broken: r.Broken, Failed: r.Failed, Messages: r.Messages, Alien: r.Alien, Served: r.Served,
		Running: r.Running, Ends: r.Ends, Used: r.Used, Orphans: r.Orphans, Opening: r.Opening, View: r.View, Digest: r.Digest,
		Goroutines: r.Goroutines,
	}, err
}
