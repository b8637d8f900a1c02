package binding

// Buffers that are not handed over: memory that the two ends of a binding use as they agree.

// Keep has SetOwn keep buffers of this end from being handed over, from number first on.
func (b *Binding) Keep(first uint64) {
	b.mu.Lock()
	b.kept = first
	b.unlock()
}

// HoldOwn returns what this end keeps of its buffers, nil if that is nothing, or the binding has ended. It stays mapped until LetGo.
func (b *Binding) HoldOwn() []byte {
	b.mu.Lock()
	defer b.unlock()
	if b.own == nil {
		return nil
	}
	return b.hold(b.own, b.own.handed)
}

// HoldTheirs returns the peer's buffers from number first on, which it keeps if it does as this end would, nil if there are none, or the
// binding has ended. They stay mapped until LetGo. What is in them is input, and may change while it is read.
func (b *Binding) HoldTheirs(first uint64) []byte {
	b.mu.Lock()
	defer b.unlock()
	return b.hold(b.theirs.Load(), first)
}

// hold returns the buffers of a region from number first on, nil if there are none, with the lock held.
func (b *Binding) hold(r *region, first uint64) []byte {
	if r == nil || first >= r.count {
		return nil
	}
	b.inHand++
	return r.memory[first*r.size:]
}

// LetGo says that what was held is not used any more.
func (b *Binding) LetGo() {
	b.mu.Lock()
	b.letGo()
}
