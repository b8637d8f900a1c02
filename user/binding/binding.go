// Package binding makes channels between two programs that know a name: one offers the
// service, the other binds to it, in whichever order they begin.
package binding

import (
	"errors"
	"fmt"
	"time"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/lrpc"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
	"atoll/user/ump"
)

// Binding is one end of a channel: the capability and, mapped, the frame.
type Binding struct {
	Cap   sys.Cap
	Frame []byte

	frame sys.Cap
	space *memory.Space
	at    uint64
}

// Ring wakes who waits at the other end.
func (b *Binding) Ring() error { return sys.Ring(b.Cap) }

// Await waits until a time, in ticks, for that, or for a capability to collect.
func (b *Binding) Await(until uint64) error { return sys.Await(b.Cap, until) }

// Pass gives the other end a copy of a frame, with some of its rights, as soon as that can
// have it, within a time.
func (b *Binding) Pass(frame sys.Cap, rights capability.Rights, patience time.Duration) error {
	for end := time.Now().Add(patience); ; time.Sleep(time.Millisecond) {
		err := sys.Pass(b.Cap, frame, rights, sys.After(patience))
		if err != abi.ErrFull && err != abi.ErrAgain || time.Now().After(end) {
			return err
		}
	}
}

// Close ends the channel. The frame must not be touched any more.
func (b *Binding) Close() error {
	err := b.space.Unmap(b.at)
	drop(b.Cap, b.frame)
	return err
}

// drop empties slots, of which some may be empty already, and gives them back.
func drop(list ...sys.Cap) {
	for _, c := range list {
		sys.Delete(c)
		slots.Own.Give(c)
	}
}

// Offer offers a service under a name to one client, waits for that within a time, and maps
// the frame in a space.
func Offer(s *memory.Space, name string, patience time.Duration) (*Binding, error) {
	return open(s, name, func(b, frame sys.Cap) error {
		e, err := lrpc.New(memory.Own())
		if err != nil {
			return err
		}
		err = sys.Export(name, e.Cap, sys.After(patience))
		if err == nil {
			_, err = sys.Accept(e.Cap, b, frame, sys.After(patience))
		}
		return errors.Join(err, e.Drop()) // one is enough: the name is free again
	})
}

// Bind binds to the service of a name as soon as it is there, within a time.
func Bind(s *memory.Space, name string, patience time.Duration) (*Binding, error) {
	return open(s, name, func(b, frame sys.Cap) error {
		for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
			_, err := sys.Bind(name, b, frame, sys.After(patience))
			if err != abi.ErrName || time.Now().After(end) {
				return err
			}
		}
	})
}

func open(s *memory.Space, name string, f func(b, frame sys.Cap) error) (*Binding, error) {
	b, err := slots.Own.Take()
	if err != nil {
		return nil, err
	}
	frame, err := slots.Own.Take()
	if err != nil {
		drop(b)
		return nil, err
	}
	if err := f(b, frame); err != nil {
		drop(b, frame)
		return nil, fmt.Errorf("binding %s: %w", name, err)
	}
	va, err := s.Map(frame, ump.FrameSize, capability.Read|capability.Write)
	if err != nil {
		drop(b, frame)
		return nil, err
	}
	return &Binding{b, memory.Bytes(va, ump.FrameSize), frame, s, va}, nil
}
