package monitor

import (
	"context"
	"time"

	"atoll/kernel/abi"
	"atoll/monitor/message"
)

// RAM that one core's memory server has of another's. Who has none left asks the others, one
// after the other; the first that can lends it, as any capability passes (package capops). It is
// given back when nothing is left of it where it was lent to.

// ramQuestion asks for RAM, to be passed to who has made a request of that number.
type ramQuestion struct {
	Bytes, Align uint64
	Number       uint32
	Unused       uint32
}

var askRAM = message.DeclareRequest[ramQuestion, message.None](105, "ram")

func init() {
	serveLater(askRAM, func(m *Monitor, who client, q ramQuestion, done func(message.None, error)) {
		m.inUserland(func(err error) { done(message.None{}, err) }, func(u Userland) error {
			return refusal(u.Lend(who.core, q.Number, q.Bytes, q.Align))
		})
	})
}

// ramTime bounds the wait for one core: it may have to start its CPU driver first.
const ramTime = 10 * time.Second

// Borrow is documented with domain.Remote.
func (d *capabilityDriver) Borrow(number uint32, bytes, align uint64) {
	go func() {
		e := d.m.borrow(&ramQuestion{Bytes: bytes, Align: align, Number: number})
		d.do(func() { d.core.Result(number, e) })
	}()
}

// borrow asks the other cores for RAM, from the next one on. Not for the event loop.
func (m *Monitor) borrow(q *ramQuestion) abi.Error {
	n := int(m.plan.NCores)
	for i := 1; i < n; i++ {
		if _, err := ask(context.Background(), m, (m.self+i)%n, askRAM, ramTime, *q); err == nil {
			return abi.OK
		}
	}
	return abi.ErrNoMemory
}
