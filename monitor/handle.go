package monitor

import (
	"atoll/monitor/message"
	"atoll/monitor/ump"
)

// Every service declares its messages in its own file, as package variables, and says
// in an init function there what is done with each: a variable alone cannot, for what
// handles a message also sends some. All cores run the same image, so that these tables
// are the same everywhere; nobody writes them later.

// handler acts on a message of a peer. What it is given is input (law L6).
type handler func(m *Monitor, p *peer, w *[message.Words]uint64)

// operation does what a client asks for. done is called once, perhaps later, with the
// bytes of the answer, which it does not keep; it may be called before the operation returns.
type operation func(m *Monitor, who client, w *[message.Words]uint64, done func([]byte, error))

var (
	handlers   [message.Limit]handler
	operations [message.MaxNumber + 1]operation
)

// handle says what is done with a one-way message. Handlers belong to the event loop.
func handle[T any](d message.Message[T], f func(*Monitor, *peer, T)) {
	handlers[d.Number()] = func(m *Monitor, p *peer, w *[message.Words]uint64) { f(m, p, d.Decode(w)) }
}

// handleIn is handle for a large value, which the handler gets where it stands: it does
// not keep it, and serves nobody meanwhile.
func handleIn[T any](d message.Message[T], f func(*Monitor, *peer, *T)) {
	handlers[d.Number()] = func(m *Monitor, p *peer, w *[message.Words]uint64) { f(m, p, d.In(w)) }
}

// serve says how a request is answered at once.
func serve[Q, A any](d message.Request[Q, A], f func(*Monitor, client, Q) (A, error)) {
	serveStream(d, func(m *Monitor, who client, q Q) (A, []message.None, error) {
		a, err := f(m, who, q)
		return a, nil, err
	})
}

// serveStream says how a request is answered at once with records.
func serveStream[Q, A, R any](d message.Stream[Q, A, R], f func(*Monitor, client, Q) (A, []R, error)) {
	serveStreamLater(d, func(m *Monitor, who client, q Q, done func(A, []R, error)) { done(f(m, who, q)) })
}

// serveLater says how a request is answered by a call of done, once, in the event loop.
func serveLater[Q, A any](d message.Request[Q, A], f func(m *Monitor, who client, q Q, done func(A, error))) {
	serveStreamLater(d, func(m *Monitor, who client, q Q, done func(A, []message.None, error)) {
		f(m, who, q, func(a A, err error) { done(a, nil, err) })
	})
}

// serveStreamLater is serveLater for an answer with records.
func serveStreamLater[Q, A, R any](d message.Stream[Q, A, R], f func(m *Monitor, who client, q Q, done func(A, []R, error))) {
	operate(d.Number(), func(m *Monitor, who client, w *[message.Words]uint64, done func([]byte, error)) {
		f(m, who, d.Question(w), func(a A, list []R, err error) {
			m.packed = d.Append(m.packed[:0], &a, list)
			done(m.packed, err)
			m.unpack()
		})
	})
}

// maxPacked is how many bytes the buffer for answers keeps between two.
const maxPacked = 1 << 16

// unpack gives back a buffer that has grown large.
func (m *Monitor) unpack() {
	if cap(m.packed) > maxPacked {
		m.packed = nil
	}
}

// operate takes an operation into the tables.
func operate(number uint16, op operation) {
	answers := number | message.AnswerBit
	operations[number] = op
	handlers[number] = func(m *Monitor, p *peer, w *[message.Words]uint64) {
		id := message.ID(w)
		op(m, client{p.core, id}, w, func(data []byte, err error) { m.reply(p, id, answers, data, err) })
	}
	handlers[answers] = func(m *Monitor, p *peer, w *[message.Words]uint64) { m.answer(p, answers, w) }
}

// receive acts on one message.
func (m *Monitor) receive(p *peer, msg *ump.Message) {
	typ := msg.Type
	if typ >= message.Limit || handlers[typ] == nil {
		m.counts[0].in++
		m.drop(0)
		return
	}
	m.counts[typ].in++
	handlers[typ](m, p, &msg.W)
}

// send sends a one-way message; see transmit.
func send[T any](m *Monitor, p *peer, d message.Message[T], v T) error {
	w := d.Encode(&v)
	return m.transmit(p, d.Number(), &w)
}

// postIn is post for a value that fills a message, which is sent as it stands.
func postIn[T any](m *Monitor, p *peer, d message.Message[T], v *T) {
	if m.transmit(p, d.Number(), d.WordsOf(v)) != nil {
		m.drop(d.Number())
	}
}

// post is send for what is lost if it cannot be sent.
func post[T any](m *Monitor, p *peer, d message.Message[T], v T) {
	if send(m, p, d, v) != nil {
		m.drop(d.Number())
	}
}
