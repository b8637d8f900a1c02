// Package parcel carries what the userlands of two cores say to each other about processes and files: small
// words with up to MostData bytes, over a binding, in the order in which they were sent. What a parcel means is
// for those who send them (package linux).
//
// # Wire
//
// A parcel is a message of the binding: its kind, the size of its data, four words, and the data itself if that is up
// to 16 bytes. Longer data lies in buffers that are handed over behind it, each full but the last. In place of data a parcel may have a
// stream (package stream): from then on the receiver reads what the sender writes there.
//
// # Who carries them
//
// Mostly the userlands' loops themselves: a parcel is put into the ring at once (Queue.Add), and a loop that has nothing to do looks for some
// time for what comes (Reader.Take, Carrier.Look), during which nobody is rung for. A goroutine at each end does what has to wait: it sends
// what there was no room for, and takes what comes while the loop does not look, and leaves it to the loop.
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
	"atoll/monitor/stream"
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

// StreamBuffers is how many buffers of each end are not handed over, but kept for streams.
const StreamBuffers = stream.Memory / BufferBytes

// Words is how many words a parcel has beside its data.
const Words = 4

// Parcel is one.
type Parcel struct {
	Kind uint16 // from 1 on
	W    [Words]uint64
	Data []byte
	Out  *stream.Writer // goes with it, in place of data, nil: none does
	In   *stream.Reader // has come with it: who takes it sets that to nil, else it is closed

	named *stream.Name // what goes over of a stream

	begun bool // its message has been sent, the data is what is left
}

// Port is who takes parcels: a core's userland. Its methods are called in its loop.
type Port interface {
	// Take takes a parcel of a core. The data is its own.
	Take(from int, p *Parcel)
	// Lost is told that no parcel of a core comes any more that was sent before, nor is one taken: it is dead, or was cut off.
	Lost(core int)
}

// Sender sends a userland's parcels. Its methods are for the loop.
type Sender interface {
	// Send sends a parcel to another core, behind those that were sent before. It does not wait. The data is the carrier's from then on.
	Send(to int, p Parcel)
	// Room calls f, at once or later, when so little waits to be sent to a core that more may follow (MostQueued), or nothing is sent to that life of it any more.
	Room(to int, f func())
	// Stream begins a stream to a core, to be sent with a parcel, nil if none can begin. Who has it closes it, when Lost is called at the latest.
	Stream(to int) *stream.Writer
}

// Carrier carries a userland's parcels. Its methods are for the loop.
type Carrier interface {
	Sender
	// Look looks for parcels for a while, when the loop has nothing else to do, and takes them; due says that it has. It reports whether
	// there were any.
	Look(due func() bool) bool
}

// restTime is after how long who waits looks again.
const restTime = time.Minute

// inline is how many bytes of data a message holds itself.
const inline = 16

// withStream stands in place of the size: the number of a ring, and its name in place of data.
const withStream = 1 << 63

// Open finds the stream that has come with a parcel. It reports false if there should be one and is none.
func (p *Parcel) Open(s *stream.Set) bool {
	if p.named == nil {
		return true
	}
	p.In, p.named = s.Reader(*p.named), nil
	return p.In != nil
}

// Reader takes parcels of a binding. One goroutine waits for them, not an event loop; beside it the userland's loop may take what there
// is, without waiting. The first buffers that this end is to read may come later than it begins.
type Reader struct {
	b    *binding.Binding
	mu   sync.Mutex
	part *Parcel // has come without all of its data, nil: none has
	left []byte  // of that data
}

// NewReader returns one, which nobody else takes anything of the binding beside.
func NewReader(b *binding.Binding) *Reader {
	b.SetPoll(0) // who has time to look is the userland's loop
	return &Reader{b: b}
}

// Wait takes parcels until the binding ends, and says why.
func (r *Reader) Wait(take func(*Parcel)) error {
	for {
		err := again(func() error { return r.b.Await(restTime) })
		if err == nil {
			r.mu.Lock()
			_, err = r.drain(take, mostAtOnce)
			r.mu.Unlock()
		}
		if err != nil {
			r.b.End(err)
			return err
		}
	}
}

// mostAtOnce bounds how many parcels are taken before others get their turn.
const mostAtOnce = 16

// Take takes what there is, unless somebody takes it already, or something that he has taken is yet to be handed on: clear says that
// there is no such. It reports whether there was anything.
func (r *Reader) Take(clear func() bool, take func(*Parcel)) bool {
	if !r.mu.TryLock() {
		return false
	}
	defer r.mu.Unlock()
	if !clear() {
		return false
	}
	n, err := r.drain(take, mostAtOnce)
	if err != nil {
		r.b.End(err) // of which Wait learns
	}
	return n > 0
}

// Hush has the peer not ring for what it sends, until Listen, which reports whether there is nothing to take.
func (r *Reader) Hush()        { r.b.Hush() }
func (r *Reader) Listen() bool { return r.b.Listen() }

// drain takes the parcels that are there, up to so many. The lock is held.
func (r *Reader) drain(take func(*Parcel), most int) (n int, err error) {
	for ; n < most; n++ {
		p, err := r.next()
		if p == nil {
			return n, err
		}
		take(p)
	}
	return n, nil
}

// looks is how often a reader looks for a message that is not there yet.
const looks = 16

// next returns the next parcel if all of it is there. The lock is held.
func (r *Reader) next() (*Parcel, error) {
	if r.part == nil {
		var m binding.Message
		if !r.b.TryRecv(&m, looks) {
			if messages, parts := r.b.Stock(); messages == 0 && parts > 0 { // of which the first has come with a message
				return nil, r.stray()
			}
			return nil, nil
		}
		p, err := begun(&m, r.b.Core)
		if err != nil {
			return nil, err
		}
		r.part, r.left = p, p.Data
		if len(p.Data) <= inline {
			r.left = nil
		}
	}
	for len(r.left) > 0 {
		part, ok := r.b.TryPart()
		if !ok {
			if messages, parts := r.b.Stock(); messages > 0 && parts == 0 { // before the data of this one
				return nil, r.stray()
			}
			return nil, nil
		}
		if err := r.fill(&part); err != nil {
			return nil, err
		}
	}
	p := r.part
	r.part = nil
	return p, nil
}

func (r *Reader) stray() error {
	return fmt.Errorf("core %d hands over what it has not announced", r.b.Core)
}

// begun returns a parcel, with room for its data if that is not in the message.
func begun(m *binding.Message, from int) (*Parcel, error) {
	p := &Parcel{Kind: m.Type}
	copy(p.W[:], m.W[1:])
	switch n := m.W[0]; {
	case n&withStream != 0:
		p.named = &stream.Name{Ring: n &^ withStream, Use: m.W[5], From: m.W[6]}
	case n > MostData:
		return nil, fmt.Errorf("core %d sends %d bytes at once", from, n)
	case n <= inline:
		var w [inline]byte
		binary.LittleEndian.PutUint64(w[:], m.W[5])
		binary.LittleEndian.PutUint64(w[8:], m.W[6])
		p.Data = append([]byte(nil), w[:n]...)
	default:
		p.Data = make([]byte, n)
	}
	return p, nil
}

// fill takes data out of a buffer.
func (r *Reader) fill(part *binding.Part) error {
	n := copy(r.left, part.Bytes)
	whole := n == len(part.Bytes) && n > 0
	if !part.TryDone() {
		late := *part
		go func() { // the peer does not fetch what it has been sent
			if err := late.Done(restTime); err != nil {
				r.b.End(err)
			}
		}()
	}
	if !whole {
		return r.stray()
	}
	r.left = r.left[n:]
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
	b       *binding.Binding // over which it is sent, nil: there is none yet
	busy    bool             // parcels that have been taken are being sent
}

// NewQueue returns an empty one.
func NewQueue() *Queue {
	q := &Queue{}
	q.changed.L = &q.mu
	return q
}

// Add sends a parcel at once, if none waits, as far as there is room; else, or what is left of it, it puts it behind the others. It
// reports whether there is still somebody to send it.
func (q *Queue) Add(p Parcel) bool {
	if p.Out != nil {
		name := p.Out.Name() // as it is now: it may be written before the parcel goes
		p.named, p.Out = &name, nil
	}
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return false
	}
	if q.b != nil && !q.busy && len(q.list) == 0 {
		w, data := message(&p)
		left, sent := q.b.TrySend(p.Kind, &w, data)
		if sent && len(left) == 0 {
			return true
		}
		if sent {
			p.begun, p.Data = true, left
		}
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

// take waits for the next parcels, when those that it has returned have been sent.
func (q *Queue) take() (list []Parcel, open bool) {
	q.mu.Lock()
	q.busy = false
	for len(q.list) == 0 && !q.closed {
		q.changed.Wait()
	}
	list, waiting := q.empty()
	q.busy, open = true, !q.closed
	q.mu.Unlock()
	tell(waiting)
	return list, open
}

// Send sends what is added over a binding, whose end has buffers, until that ends or the queue is closed.
func (q *Queue) Send(b *binding.Binding) {
	q.mu.Lock()
	q.b = b
	q.mu.Unlock()
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

// message returns a parcel as a message, and the data that goes behind it.
func message(p *Parcel) (w [7]uint64, data []byte) {
	w[0] = uint64(len(p.Data))
	copy(w[1:], p.W[:])
	if s := p.named; s != nil {
		w[0], w[5], w[6] = withStream|s.Ring, s.Use, s.From
		return w, nil
	}
	if len(p.Data) > inline {
		return w, p.Data
	}
	var b [inline]byte
	copy(b[:], p.Data)
	w[5], w[6] = binary.LittleEndian.Uint64(b[:]), binary.LittleEndian.Uint64(b[8:])
	return w, nil
}

// send sends one parcel, or what is left of it.
func send(b *binding.Binding, p *Parcel) error {
	w, data := message(p)
	if p.begun {
		data = p.Data
	} else if err := again(func() error { return b.Send(p.Kind, &w, restTime) }); err != nil {
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
