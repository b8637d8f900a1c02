package monitor

import (
	"atoll/monitor/console"
	"atoll/monitor/message"
	"atoll/monitor/replica"
	"atoll/monitor/route"
)

// Names asks a core for its copy of the table of services.
func (s *System) Names(core int) (console.NameTable, error) {
	v, records, err := askStream(s.ctx, s.m, core, askNames, askTime, message.None{})
	t := console.NameTable{View: v.Number, Dropped: v.Dropped, Settled: v.Settled != 0}
	for member := range route.Set(v.Members).All() {
		t.Members = append(t.Members, member)
	}
	for _, r := range records {
		t.Services = append(t.Services, console.NamedService{Name: replica.Name(r.Name).String(), Core: int(r.Core), Incarnation: r.Incarnation, Number: r.Number})
	}
	return t, err
}
