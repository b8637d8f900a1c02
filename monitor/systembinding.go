package monitor

import (
	"time"

	"atoll/monitor/console"
	"atoll/monitor/message"
)

// Bind has core a bind to a service of core b, and keep the binding.
func (s *System) Bind(a, b int, service uint64) (time.Duration, error) {
	return ask(s.ctx, s.m, a, askKeep, 4*bindTime, keepQuestion{uint64(b), service})
}

// CloseBindings has a core close the bindings that it keeps.
func (s *System) CloseBindings(core int) error {
	_, err := ask(s.ctx, s.m, core, askUnkeep, askTime, message.None{})
	return err
}

// Bindings asks a core for the ends that it has.
func (s *System) Bindings(core int) ([]console.BindingEnd, error) {
	_, records, err := askStream(s.ctx, s.m, core, askBindings, askTime, message.None{})
	if err != nil {
		return nil, err
	}
	list := make([]console.BindingEnd, len(records))
	for i, r := range records {
		list[i] = console.BindingEnd{Peer: int(r.Core), Service: r.Service, Serves: r.Serves != 0}
	}
	return list, nil
}

// BenchBinding measures a binding from core a to core b.
func (s *System) BenchBinding(a, b, rounds int) (console.BindingResult, error) {
	r, err := ask(s.ctx, s.m, a, askBindBench, benchTime, benchQuestion{uint64(b), uint64(rounds)})
	return console.BindingResult{Setup: r.Setup, Round: latency(r.Round), Wake: latency(r.Wake), Bulk: r.Bulk}, err
}
