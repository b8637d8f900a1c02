package main

import (
	"errors"
	"fmt"
	"strconv"
	"time"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/partner"
	"atoll/user/slots"
	"atoll/user/sys"
)

// patience bounds how long each side waits for the other.
const patience = 20 * time.Second

// measure measures with one core, two, and so on. Nothing is left of it then.
func measure(cores []int, span time.Duration, each func(row) error) (err error) {
	space := memory.NewSpace(memory.Own())
	frame, err := memory.Own().Make(capability.Frame, layout.PageSize)
	if err != nil {
		return err
	}
	va, err := space.Map(frame.Cap, layout.PageSize, capability.Read|capability.Write)
	if err != nil {
		return err
	}
	p := page(memory.Words(va, layout.PageSize))
	var others []*partner.Partner
	for n := 1; n <= len(cores) && err == nil; n++ {
		if n > 1 {
			var o *partner.Partner
			o, err = partner.Start(space, cores[n-1], patience, "updates", "join", strconv.Itoa(n-1))
			if err == nil {
				others, err = append(others, o), o.Pass(frame.Cap)
			}
		}
		for lines := 1; lines <= mostLines && err == nil; lines *= 2 {
			r := row{Event: "updates", Cores: n, Lines: lines}
			if r.Median, r.Samples, err = together(p, others, lines, span); err == nil {
				err = each(r)
			}
		}
	}
	for _, o := range others {
		err = errors.Join(err, o.Close())
	}
	return errors.Join(err, space.Unmap(va), memory.Own().Drop(frame))
}

// together has all programs update the lines, and waits for them.
func together(p page, others []*partner.Partner, lines int, span time.Duration) (ns float64, samples uint64, err error) {
	p.prepare(lines, span, 1+len(others))
	for _, o := range others {
		if err := o.Ring(); err != nil {
			return 0, 0, fmt.Errorf("core %d: %w", o.Core, err)
		}
	}
	if err := p.update(0); err != nil {
		return 0, 0, err
	}
	for _, o := range others {
		if err := o.Await(sys.After(patience)); err != nil {
			return 0, 0, fmt.Errorf("core %d: %w", o.Core, err)
		}
	}
	return p.result()
}

// join is a program on another core: it updates when it is rung, until the other end is gone.
func join(number int, name string) error {
	space := memory.NewSpace(memory.Own())
	b, err := partner.Join(space, name, patience)
	if err != nil {
		return err
	}
	frame, err := slots.Own.Take()
	if err != nil {
		return err
	}
	if err := b.Await(sys.After(patience)); err != nil {
		return err
	}
	if err := sys.Collect(b.Cap, frame); err != nil {
		return err
	}
	va, err := space.Map(frame, layout.PageSize, capability.Read|capability.Write)
	if err != nil {
		return err
	}
	p := page(memory.Words(va, layout.PageSize))
	for {
		if err := b.Ring(); err != nil && !errors.Is(err, abi.ErrPeerDead) {
			return err
		}
		switch err := b.Await(sys.After(patience)); {
		case errors.Is(err, abi.ErrPeerDead):
			return nil
		case err != nil:
			return err
		}
		if err := p.update(number); err != nil {
			return err
		}
	}
}
