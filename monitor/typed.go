package monitor

import "atoll/monitor/message"

// What is typed while a command runs is in the memory of the console's owner alone, and
// would be lost with it. So the owner tells all others what has been typed and not begun,
// whenever that changes, and before it begins a command: a successor goes on with it, and
// begins nothing twice.

// maxTypedAhead bounds what is kept of it, in bytes; a console holds no more.
const maxTypedAhead = 4096

// typedMessage is a piece of what was typed ahead, which begins anew with First.
type typedMessage struct {
	Count, First uint8
	Unused       [6]uint8
	Text         [48]uint8
}

var typedTold = message.Declare[typedMessage](64, "typed")

func init() {
	handle(typedTold, func(m *Monitor, p *peer, t typedMessage) {
		if p.core != m.owner || int(t.Count) > len(t.Text) {
			m.drop(typedTold.Number())
			return
		}
		if t.First != 0 {
			m.typed = nil
		}
		if len(m.typed)+int(t.Count) <= maxTypedAhead {
			m.typed = append(m.typed, t.Text[:t.Count]...)
		}
	})
}

// SetTyped tells the others what was typed and not begun. It returns when the messages are
// in the channels. Not for the event loop.
func (m *Monitor) SetTyped(text []byte) {
	m.tellOthers(func() bool {
		if m.owner != m.self {
			return false
		}
		m.typed = append(m.typed[:0], text[:min(len(text), maxTypedAhead)]...)
		return true
	}, m.tellTyped)
}

func (m *Monitor) tellTyped(p *peer) {
	for at := 0; at == 0 || at < len(m.typed); at += 48 {
		var t typedMessage
		if at == 0 {
			t.First = 1
		}
		t.Count = uint8(copy(t.Text[:], m.typed[at:]))
		post(m, p, typedTold, t)
	}
}
