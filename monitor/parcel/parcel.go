// Package parcel carries what the userlands of two cores say to each other about processes and files: small
// words with up to MostData bytes, over a binding, in the order in which they were sent. What a parcel means is
// for those who send them (package linux).
//
// # Wire
//
// A parcel is a message of the binding: its kind, the size of its data, four words, and the data itself if that is up
// to 16 bytes. Longer data lies in buffers that are handed over behind it, each full but the last.
//
// # Deaths
//
// A reader ends with the binding, when all has been received that the peer has sent: by its death, or by
// a lie. A writer ends with it, too. What was on its way then is lost: who waits for an answer is told that the
// core is lost.
//
// # What the peer may do
//
// Sizes are judged here. Words and data are input for who takes the parcel.
package parcel

import (
	"encoding/binary"
	"errors"
	"fmt"
	"sync"
	"time"

	"atoll/monitor/binding"
)

// MostData bounds the data of a parcel, in bytes.
const MostData = 256 << 10

// MostQueued is how much may wait to be sent to one core before who could send without end is to wait, in bytes; a parcel counts as parcelCost
// more than its data.
const (
	MostQueued = 1 << 20
	parcelCost = 128
)

// Buffers of each end of a binding: together as much as a pipe has.
const (
	BufferCount = 8
	BufferBytes = 8 << 10
)

// Words is how many words a parcel has beside its data.
const Words = 4

// Parcel is one.
type Parcel struct {
	Kind uint16 // from 1 on
	W    [Words]uint64
	Data []byte
}

// Port is who takes parcels: a core's userland. Its methods are called in its loop.
type Port interface {
	// Take takes a parcel of a core. The data is its own.
	Take(from int, p *Parcel)
	// Lost is told that no parcel of a core comes any more that was sent before, nor is one taken: it is dead, or was cut off.
	Lost(core int)
}

// Carrier carries a userland's parcels. Its methods are for the loop.
type Carrier interface {
	// Send sends a parcel to another core, behind those that were sent before. It does not wait. The data is the carrier's from then on.
	Send(to int, p Parcel)
	// Room calls f, at once or later, when so little waits to be sent to a core that more may follow (MostQueued), or nothing is sent to that life of it any more.
	Room(to int, f func())
}

// restTime is after how long who waits looks again.
const restTime = time.Minute

// inline is how many bytes of data a message holds itself.
const inline = 16

// Receive takes parcels of a binding until it ends, and says why. The first buffers that this end is to read may come
// later than it begins. Not for an event loop.
func Receive(b *binding.Binding, take func(*Parcel)) error {
	for {
		p, err := next(b)
		if err != nil {
			b.End(err)
			return err
		}
		take(p)
	}
}

// next waits for one parcel.
func next(b *binding.Binding) (*Parcel, error) {
	var m binding.Message
	if err := again(func() error { return b.Recv(&m, restTime) }); err != nil {
		return nil, err
	}
	p := &Parcel{Kind: m.Type}
	copy(p.W[:], m.W[1:])
	switch n := m.W[0]; {
	case n > MostData:
		return nil, fmt.Errorf("core %d sends %d bytes at once", b.Core, n)
	case n <= inline:
		var w [inline]byte
		binary.LittleEndian.PutUint64(w[:], m.W[5])
		binary.LittleEndian.PutUint64(w[8:], m.W[6])
		p.Data = append([]byte(nil), w[:n]...)
	default:
		p.Data = make([]byte, n)
		if err := fill(b, p.Data); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// fill takes data out of buffers.
func fill(b *binding.Binding, data []byte) error {
	for len(data) > 0 {
		var part binding.Part
		if err := again(func() (err error) { part, err = b.Part(restTime); return err }); err != nil {
			return err
		}
		n := copy(data, part.Bytes)
		whole := n == len(part.Bytes) && n > 0
		if err := again(func() error { return part.Done(restTime) }); err != nil {
			return err
		}
		if !whole {
			return fmt.Errorf("core %d hands over what it has not announced", b.Core)
		}
		data = data[n:]
	}
	return nil
}

// again does something that a bound may end until that ends in another way.
func again(f func() error) error {
	for {
		if err := f(); !errors.Is(err, binding.ErrTimeout) {
			return err
		}
	}
}

// Queue is parcels on their way to one core. Any goroutine may use it.
type Queue struct {
	mu      sync.Mutex
	changed sync.Cond
	list    []Parcel
	size    int      // of the list, in bytes
	waiting []func() // that are called when it is taken
	closed  bool
}

// NewQueue returns an empty one.
func NewQueue() *Queue {
	q := &Queue{}
	q.changed.L = &q.mu
	return q
}

// Add puts a parcel behind the others, and reports whether there is still somebody to send it.
func (q *Queue) Add(p Parcel) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	q.list = append(q.list, p)
	q.size += len(p.Data) + parcelCost
	q.changed.Signal()
	return true
}

// Room reports whether no more than MostQueued waits, or the queue is closed. If not, f is called when it is so, by who sends or
// closes, whom it must not block.
func (q *Queue) Room(f func()) bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.size <= MostQueued { // as is a closed one
		return true
	}
	q.waiting = append(q.waiting, f)
	return false
}

// Close ends Send, and drops what is left.
func (q *Queue) Close() {
	q.mu.Lock()
	q.closed = true
	q.changed.Signal()
	_, waiting := q.empty()
	q.mu.Unlock()
	tell(waiting)
}

// empty takes all out, and who waits for that. The lock is held.
func (q *Queue) empty() (list []Parcel, waiting []func()) {
	list, waiting = q.list, q.waiting
	q.list, q.size, q.waiting = nil, 0, nil
	return list, waiting
}

func tell(waiting []func()) {
	for _, f := range waiting {
		f()
	}
}

// take waits for the next parcels.
func (q *Queue) take() (list []Parcel, open bool) {
	q.mu.Lock()
	for len(q.list) == 0 && !q.closed {
		q.changed.Wait()
	}
	list, waiting := q.empty()
	open = !q.closed
	q.mu.Unlock()
	tell(waiting)
	return list, open
}

// Send sends what is added over a binding, whose end has buffers, until that ends or the queue is closed.
func (q *Queue) Send(b *binding.Binding) {
	for {
		list, open := q.take()
		if !open {
			return
		}
		for i := range list {
			if err := send(b, &list[i]); err != nil {
				b.End(err)
				q.Close()
				return
			}
		}
	}
}

// send sends one parcel.
func send(b *binding.Binding, p *Parcel) error {
	w := [7]uint64{0: uint64(len(p.Data))}
	copy(w[1:], p.W[:])
	data := p.Data
	if len(data) <= inline {
		var b [inline]byte
		copy(b[:], data)
		w[5], w[6], data = binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:]), nil
	}
	if err := again(func() error { return b.Send(p.Kind, &w, restTime) }); err != nil {
		return err
	}
	for len(data) > 0 {
		err := again(func() error {
			buf, err := b.Buffer(restTime)
			if err != nil {
				return err
			}
			n := copy(buf.Bytes, data)
			if err = buf.Hand(n, restTime); err == nil {
				data = data[n:]
			}
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}
