package spawn

import (
	"math"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// The books of RAM that passes between cores: see domain.Books. What is lent is of a domain of
// its own.

func (b bank) Borrowed(who uint32, is capability.Cap) abi.Error {
	g := b.l.programs[uint64(who)]
	if g == nil {
		return abi.ErrState
	}
	return said(g.domain.Borrow(is))
}

func (b bank) Lost(is capability.Cap) {
	b.l.ram.Lost(is)
	b.l.unlend()
}

func (b bank) Returned(is capability.Cap) { b.l.lent.GiveBack(is) }

// openBooks has RAM pass between cores.
func (l *land) openBooks() {
	l.lent = l.ram.NewDomain(math.MaxUint64)
	l.core.SetBooks(bank{l})
}

// Lend gives RAM to who waits for it on another core, by the number of his request there. It
// returns when he has it, or cannot have it.
func (c *Core) Lend(to int, number uint32, bytes, align uint64) error {
	c.opening.Lock()
	l, err := c.open()
	c.opening.Unlock()
	if err != nil {
		return err
	}
	done := make(chan abi.Error, 1)
	l.loop.Do(func() { l.lend(to, number, bytes, align, func(e abi.Error) { done <- e }) })
	if e := <-done; e != abi.OK {
		return e
	}
	return nil
}

// lend lends no more than half of what is free: who asks has another core to ask, and the
// programs here have none that they know of.
func (l *land) lend(to int, number uint32, bytes, align uint64, done func(abi.Error)) {
	slot, err := l.ram.Slot()
	if free, _ := l.ram.Left(); err != nil || l.lent == nil || bytes > free/2 {
		if err == nil {
			l.ram.Return(slot)
		}
		done(abi.ErrNoMemory)
		return
	}
	if err := l.lent.Take(bytes, align, slot); err != nil {
		l.ram.Return(slot)
		done(said(err))
		return
	}
	is, _ := l.db.Identify(slot)
	l.core.Lend(is, to, number, func(e abi.Error) {
		if e != abi.OK {
			l.lent.GiveBack(is) // it is not there any more if it was lent and is returned
		}
		done(e)
	})
	l.db.Delete(slot) // what others have keeps it in use
	l.ram.Return(slot)
}
