package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"atoll/arch/counters"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/lrpc"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
	"atoll/user/ump"
)

// patience bounds how long each side waits for the other to begin. After that the end of the
// binding ends all waits.
const patience = 20 * time.Second

// typeBall is the type of all messages.
const typeBall = 1

// umpRounds is one of two sides, the one whose core this is.
func umpRounds(out io.Writer, a, b, n int) error {
	core, err := strconv.Atoi(os.Getenv("ATOLL_CORE"))
	if err != nil {
		return errors.New("the program is not told on which core it runs")
	}
	name := fmt.Sprintf("pingpong-%d-%d", a, b)
	switch core {
	case a:
		return withChannel(name, ump.Client, func(c *ump.Channel) error { return pings(out, c, a, b, n) })
	case b:
		return withChannel(name, ump.Server, func(c *ump.Channel) error { return pongs(c, n) })
	}
	return fmt.Errorf("this is core %d, neither %d nor %d", core, a, b)
}

// Bounds of what is measured beside the round trips of two ends that poll: those in which
// both block, and the looks for a word of the bare ones.
const (
	mostBlocked = 1000
	bareLooks   = 1 << 36
)

// pings measures: round trips of two words, which are the least, those of the channel while
// both ends poll, and those in which each end blocks at once.
func pings(out io.Writer, c *ump.Channel, a, b, n int) error {
	if err := trip(c, 0); err != nil { // it counts for nothing
		return err
	}
	bare := measure()
	if c.PingBare(uint64(n), bareLooks) != uint64(n) {
		return errors.New("the other side does not answer the bare round trips")
	}
	bareNs, _ := bare.each(n)
	polled := measure()
	for i := range n {
		if err := trip(c, uint64(i)); err != nil {
			return err
		}
	}
	ns, retired := polled.each(n)
	c.SetPoll(1)
	blocked, m := measure(), min(n, mostBlocked)
	for i := range m {
		if err := trip(c, uint64(i)); err != nil {
			return err
		}
	}
	blockedNs, blockedRetired := blocked.each(m)
	fmt.Fprintf(out, "pingpong: ump, cores %d and %d, %d round trips, each %d ns and %d instructions here\n", a, b, n, ns, retired)
	fmt.Fprintf(out, "pingpong: two words to and fro: %d ns, so the ratio is %.2f\n", bareNs, float64(ns)/float64(max(bareNs, 1)))
	fmt.Fprintf(out, "pingpong: when both ends block: %d ns and %d instructions of this hart\n", blockedNs, blockedRetired)
	return nil
}

// trip sends a number and wants it back one greater.
func trip(c *ump.Channel, i uint64) error {
	var m ump.Message
	if err := c.Send(typeBall, &[7]uint64{i}, abi.Forever); err != nil {
		return err
	}
	if err := c.Recv(&m, abi.Forever); err != nil {
		return err
	}
	if m.W[0] != i+1 {
		return fmt.Errorf("message %d came back as %d", i, m.W[0])
	}
	return nil
}

// measurement is when something began, and what had been retired by then.
type measurement struct {
	began        time.Time
	instructions uint64
}

func measure() measurement { return measurement{time.Now(), counters.Instructions()} }

// each returns what one of n has taken.
func (m measurement) each(n int) (ns, instructions uint64) {
	return uint64(time.Since(m.began)) / uint64(n), (counters.Instructions() - m.instructions) / uint64(n)
}

// pongs answers as many.
func pongs(c *ump.Channel, n int) error {
	if err := answer(c, 1); err != nil {
		return err
	}
	if c.PongBare(uint64(n), bareLooks) != uint64(n) {
		return errors.New("the other side does not go on with the bare round trips")
	}
	if err := answer(c, n); err != nil {
		return err
	}
	c.SetPoll(1)
	if err := answer(c, min(n, mostBlocked)); err != nil {
		return err
	}
	// The last answer is in the frame; it is for the client to end the binding.
	var m ump.Message
	if err := c.Recv(&m, abi.Forever); !errors.Is(err, abi.ErrPeerDead) {
		return fmt.Errorf("after the last message: %w", err)
	}
	return nil
}

// answer answers messages, each with its number one greater.
func answer(c *ump.Channel, n int) error {
	var m ump.Message
	for range n {
		if err := c.Recv(&m, abi.Forever); err != nil {
			return err
		}
		m.W[0]++
		if err := c.Send(typeBall, &m.W, abi.Forever); err != nil {
			return err
		}
	}
	return nil
}

// binding is the kernel's part of a channel.
type binding sys.Cap

func (b binding) Ring() error              { return sys.Ring(sys.Cap(b)) }
func (b binding) Await(until uint64) error { return sys.Await(sys.Cap(b), until) }

// withChannel lets f have one end of the channel of a name.
func withChannel(name string, end ump.End, f func(c *ump.Channel) error) error {
	b, err := slots.Own.Take()
	if err != nil {
		return err
	}
	frame, err := slots.Own.Take()
	if err != nil {
		return err
	}
	if end == ump.Server {
		err = accept(name, b, frame)
	} else {
		err = bind(name, b, frame)
	}
	if err != nil {
		return fmt.Errorf("binding %s: %w", name, err)
	}
	space := memory.NewSpace(memory.Own())
	va, err := space.Map(frame, ump.FrameSize, capability.Read|capability.Write)
	if err != nil {
		return err
	}
	if err := f(ump.Open(memory.Bytes(va, ump.FrameSize), end, binding(b))); err != nil {
		return err
	}
	return sys.Delete(b)
}

// accept offers the service and takes the first bind.
func accept(name string, b, frame sys.Cap) error {
	e, err := lrpc.New(memory.Own())
	if err != nil {
		return err
	}
	if err := sys.Export(name, e.Cap, sys.After(patience)); err != nil {
		return err
	}
	if _, err := sys.Accept(e.Cap, b, frame, sys.After(patience)); err != nil {
		return err
	}
	return e.Drop() // one is enough: the name is free again
}

// bind binds the service as soon as it is there.
func bind(name string, b, frame sys.Cap) error {
	for end := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		_, err := sys.Bind(name, b, frame, sys.After(patience))
		if err != abi.ErrName || time.Now().After(end) {
			return err
		}
	}
}
