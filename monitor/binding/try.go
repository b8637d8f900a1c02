package binding

import "time"

// What is done at once or not at all, for who must not wait: the CPU driver's loop. Beside it somebody waits at the same end for
// what comes while the loop does not look (Await). Both take what there is, one after the other.

// Await waits within the bound until there is something that TryRecv or TryPart takes. What the peer had sent before the binding
// ended comes before the error. It is for an end whose messages and buffers one taker takes, who need not be told of what he
// does himself.
func (b *Binding) Await(bound time.Duration) error {
	return b.await(&patience{bound: bound}, forMessage, func(looks uint64) bool {
		b.lone = true
		if !b.stocked() {
			b.pump(looks)
		}
		return b.stocked()
	})
}

// stocked reports whether something has been received that nobody has taken yet.
func (b *Binding) stocked() bool { return !b.closed && len(b.inbox)+len(b.parts) > 0 }

// Stock returns how many messages and buffers have been received that nobody has taken yet.
func (b *Binding) Stock() (messages, parts int) {
	b.mu.Lock()
	defer b.leave()
	return len(b.inbox), len(b.parts)
}

// TryRecv takes the next message, if there is one, and looks so many times.
func (b *Binding) TryRecv(m *Message, looks uint64) bool {
	b.mu.Lock()
	defer b.leave()
	return b.next(m, looks)
}

// TryPart takes the next buffer that the peer has handed over, if there is one.
func (b *Binding) TryPart() (p Part, ok bool) {
	b.mu.Lock()
	defer b.leave()
	if len(b.parts) == 0 {
		b.pump(1)
	}
	ok = b.takePart(&p)
	return p, ok
}

// TryDone is Done if there is room for the message. Else nothing has happened.
func (p *Part) TryDone() bool {
	b := p.b
	b.mu.Lock()
	defer b.leave()
	r := b.theirs.Load()
	if r == nil || b.ch == nil || !b.ch.TrySend(typeBack, &[7]uint64{p.n}) {
		return false
	}
	r.out[p.n] = false // the peer's next word about it is looked at behind this
	p.Bytes = nil
	b.inHand--
	return true
}

// TrySend sends a message, and behind it data in buffers of this end, each full but the last, as far as there is room at once. It returns
// what is left of the data, and whether the message has been sent.
func (b *Binding) TrySend(typ uint16, w *[7]uint64, data []byte) (left []byte, sent bool) {
	b.mu.Lock()
	defer b.leave()
	if b.ch == nil || typ == 0 || typ > MaxType || !b.ch.TrySend(typ, w) {
		return data, false
	}
	if len(data) > 0 {
		b.pump(1)
	}
	for len(data) > 0 && b.own != nil {
		n := b.own.free()
		if n == b.own.handed {
			break
		}
		size := uint64(copy(b.own.buffer(n), data))
		if !b.ch.TrySend(typeHand, &[7]uint64{n, size}) {
			break
		}
		b.own.out[n], b.own.lent[n] = true, true
		data = data[size:]
	}
	return data, true
}

// Hush takes back what who waits here has announced: the peer rings no more. It is for who looks all the time, until Listen.
func (b *Binding) Hush() {
	b.mu.Lock()
	if b.ch != nil {
		b.ch.CancelWait()
	}
	b.unlock()
}

// Listen has the peer ring again for who waits here. It reports whether there is nothing to look at meanwhile: if there is, who waits has
// been woken.
func (b *Binding) Listen() bool {
	b.mu.Lock()
	defer b.unlock()
	if b.ch == nil || b.waiting.Load() == 0 || b.again() {
		return true
	}
	b.wakeAll()
	return false
}

// Ended is closed when the binding is to end: why is then Err.
func (b *Binding) Ended() <-chan struct{} { return b.ended }
