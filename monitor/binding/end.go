package binding

// End ends the binding for a reason; the first one counts. It does not wait.
func (b *Binding) End(why error) {
	b.mark(why)
	b.settle()
}

// mark notes that the binding is to end. Whoever leaves next sees to it.
func (b *Binding) mark(why error) {
	if b.why.CompareAndSwap(nil, &why) {
		close(b.ended)
		b.flag(flagEnding)
	}
}

// flag leaves a mark for who holds the lock, or has it now.
func (b *Binding) flag(f uint32) { b.flags.Or(f) }

// unlock gives the lock back and does what was left to do meanwhile. Between a mark and
// the next look at the marks by somebody who has just unlocked nothing can go wrong: who
// sets one tries the lock, and who holds that looks after giving it back.
func (b *Binding) unlock() {
	b.mu.Unlock()
	if b.flags.Load() != 0 {
		b.settle()
	}
}

// settle does what the marks say, unless somebody holds the lock, who will.
func (b *Binding) settle() {
	for b.flags.Load() != 0 && b.mu.TryLock() {
		done := false
		f := b.flags.Swap(0)
		if f&flagEnding != 0 && b.ch != nil {
			b.finish()
		}
		if f != 0 {
			b.wakeAll()
		}
		if b.ch == nil && b.inHand == 0 && !b.over {
			b.over, done = true, true
		}
		b.mu.Unlock()
		if done {
			b.host.Released(b)
		}
	}
}

// finish takes out of the frame what is left there, and forgets the frame.
func (b *Binding) finish() {
	var m Message
	for range inboxMost {
		if !b.ch.TryRecv(&m) {
			break
		}
		if m.Type <= MaxType {
			b.inbox = append(b.inbox, m)
		}
	}
	b.ch = nil
	b.silence()
	if b.closed {
		b.inbox = nil
	}
	// Buffers that are not in anybody's hands are gone with the binding.
	b.parts, b.own = nil, nil
	b.theirs.Store(nil)
}
