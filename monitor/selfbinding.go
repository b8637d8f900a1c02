package monitor

import (
	"fmt"

	"atoll/monitor/binding"
	"atoll/monitor/ump"
)

// A binding of a core to a service of its own is one like any other, so that who uses a
// name need not know where the service is: two ends, with a channel between them. The
// frame and the buffers are of the heap, for nobody else reaches them, and the doorbell
// is this core's own.

// bindSelf binds to a service of this core. For the event loop.
func (m *Monitor) bindSelf(number uint64) (*binding.Binding, error) {
	b := &m.bindings
	server := b.services[number]
	switch {
	case server == nil:
		return nil, fmt.Errorf("core %d exports no service %d", m.self, number)
	case len(b.ends)+b.opening+2 > maxBindings:
		return nil, fmt.Errorf("core %d has %d bindings already", m.self, maxBindings)
	}
	frame := new(ump.Frame)
	end := func(side int, serves bool) *bindEnd {
		e := &bindEnd{number: number, serves: serves}
		e.Binding = binding.New(bindHost{m}, frame, side, 1-side, m.incarnation, b.poll) // the channel knows its sides by two numbers
		e.Core = m.self
		b.ends = append(b.ends, e)
		return e
	}
	mine, its := end(0, false), end(1, true)
	mine.other, its.other = its, mine
	its.Link()
	mine.Link()
	its.Link()
	go server(its.Binding)
	return mine.Binding, nil
}

// giveSelf gives buffers to an end of a binding of this core to itself.
func (m *Monitor) giveSelf(b *binding.Binding, count, size uint64) error {
	memory := make([]byte, count*size)
	given := false
	m.wait(func() {
		if e := m.endOf(b); e != nil {
			given = e.other.SetTheirs(memory, count)
		}
	})
	if !given {
		return fmt.Errorf("the binding to core %d has ended, or has buffers", b.Core)
	}
	return b.SetOwn(memory, count)
}
