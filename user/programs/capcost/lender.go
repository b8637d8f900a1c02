package main

import (
	"errors"
	"slices"
	"sync"
	"time"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/binding"
	"atoll/user/memory"
	"atoll/user/partner"
	"atoll/user/slots"
	"atoll/user/sys"
)

// inFlight is how many operations are under way where several are, each on RAM of its own.
const inFlight = 8

// patience bounds how long each side waits for the other.
const patience = 20 * time.Second

// lender has RAM, and others on other cores to whom it passes copies.
type lender struct {
	space   *memory.Space
	pieces  [inFlight]memory.RAM
	frames  [inFlight]sys.Cap // empty slots for what is made of them
	holders []*partner.Partner
}

func newLender() (l *lender, err error) {
	l = &lender{space: memory.NewSpace(memory.Own())}
	for i := range l.pieces {
		if l.pieces[i], err = memory.Take(layout.PageSize, 0); err != nil {
			return l, err
		}
		if l.frames[i], err = slots.Own.Take(); err != nil {
			return l, err
		}
	}
	return l, nil
}

// join has a holder run on a core.
func (l *lender) join(core int) error {
	p, err := partner.Start(l.space, core, patience, "capcost", "hold")
	if err == nil {
		l.holders = append(l.holders, p)
	}
	return err
}

// close lets the holders end, and gives back what it has.
func (l *lender) close() (err error) {
	for _, h := range l.holders {
		err = errors.Join(err, h.Close())
	}
	for _, p := range l.pieces {
		if p.Cap != 0 {
			err = errors.Join(err, memory.Give(p))
		}
	}
	return err
}

// pass gives each holder copies of the first pieces, and returns when all have them.
func (l *lender) pass(n int) error {
	for _, h := range l.holders {
		for _, p := range l.pieces[:n] {
			if err := h.Pass(p.Cap); err != nil {
				return err
			}
		}
	}
	return nil
}

// retypes measures how long it takes to make a frame of a page, all holders having copies.
func (l *lender) retypes(r *row) error {
	if err := l.pass(inFlight); err != nil {
		return err
	}
	var alone []float64
	for range r.Rounds {
		begun := time.Now()
		if err := l.retype(0); err != nil {
			return err
		}
		alone = append(alone, float64(time.Since(begun)))
		if err := sys.Delete(l.frames[0]); err != nil {
			return err
		}
	}
	r.Retype = median(alone)
	took, err := l.all(func(i int) error {
		for range r.Rounds {
			if err := errors.Join(l.retype(i), sys.Delete(l.frames[i])); err != nil {
				return err
			}
		}
		return nil
	})
	r.ManyRetypes = took / float64(inFlight*r.Rounds)
	_, err2 := l.all(l.revoke)
	return errors.Join(err, err2)
}

// retype makes a frame of a piece.
func (l *lender) retype(i int) error {
	cnode, index := slots.Own.Place(l.frames[i])
	return sys.Retype(l.pieces[i].Cap, sys.Made{Type: capability.Frame, Size: layout.PageSize, Count: 1, CNode: cnode, First: index})
}

// revoke takes the copies of a piece away from all holders.
func (l *lender) revoke(i int) error { return sys.Revoke(l.pieces[i].Cap) }

// revokes measures how long it takes to take a page away from all holders.
func (l *lender) revokes(r *row) error {
	var alone []float64
	for range r.Rounds {
		if err := l.pass(1); err != nil {
			return err
		}
		begun := time.Now()
		if err := l.revoke(0); err != nil {
			return err
		}
		alone = append(alone, float64(time.Since(begun)))
	}
	r.Revoke = median(alone)
	batches := max(r.Rounds/inFlight, 1)
	for range batches {
		if err := l.pass(inFlight); err != nil {
			return err
		}
		took, err := l.all(l.revoke)
		if err != nil {
			return err
		}
		r.ManyRevokes += took / float64(inFlight*batches)
	}
	return nil
}

// all does something with all pieces at the same time, and returns how many nanoseconds that took.
func (l *lender) all(f func(i int) error) (ns float64, err error) {
	errs := make([]error, inFlight)
	begun := time.Now()
	var all sync.WaitGroup
	for i := range inFlight {
		all.Go(func() { errs[i] = f(i) })
	}
	all.Wait()
	return float64(time.Since(begun)), errors.Join(errs...)
}

func median(samples []float64) float64 {
	slices.Sort(samples)
	return samples[len(samples)/2]
}

// hold takes what it is passed, until the other end is gone.
func hold(name string) error {
	b, err := partner.Join(memory.NewSpace(memory.Own()), name, patience)
	if err != nil {
		return err
	}
	var table [inFlight + 1]sys.Cap
	for i := range table {
		if table[i], err = slots.Own.Take(); err != nil {
			return err
		}
	}
	for {
		switch err := b.Await(sys.After(patience)); {
		case errors.Is(err, abi.ErrPeerDead):
			return nil
		case err != nil:
			return err
		}
		if err := collect(b, table[:]); err != nil {
			return err
		}
		if err := b.Ring(); err != nil && !errors.Is(err, abi.ErrPeerDead) {
			return err
		}
	}
}

// collect takes a capability into the first slot that is empty: those of what has been revoked
// are.
func collect(b *binding.Binding, table []sys.Cap) (err error) {
	for _, slot := range table {
		if err = sys.Collect(b.Cap, slot); err != abi.Error(capability.ErrNotEmpty) {
			return err
		}
	}
	return err
}
