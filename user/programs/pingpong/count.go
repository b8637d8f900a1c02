package main

import (
	"errors"
	"fmt"
	"io"

	"atoll/arch/counters"
	"atoll/kernel/abi"
	"atoll/user/ump"
)

// alone is the kernel's part of a channel whose ends are both in this program, none of
// which ever waits.
type alone struct{}

func (alone) Ring() error        { return errors.New("nobody waits") }
func (alone) Await(uint64) error { return abi.ErrTime }

// batch is how many messages are sent before they are received: as many as are acknowledged
// at once.
const batch = 8

// countRounds counts the instructions of a message at each end of a channel, without the way.
func countRounds(out io.Writer, n int) error {
	frame := make([]byte, ump.FrameSize)
	ends := [2]*ump.Channel{ump.Open(frame, ump.Client, alone{}), ump.Open(frame, ump.Server, alone{})}
	var m ump.Message
	for range 3 { // until each has seen the other
		for _, c := range ends {
			c.SetPoll(1)
			if err := c.Recv(&m, 0); err != abi.ErrTime {
				return err
			}
		}
	}
	var cost [2]uint64
	for range n {
		for end, f := range []func() error{
			func() error { return ends[0].Send(typeBall, &m.W, 0) },
			func() error { return ends[1].Recv(&m, 0) },
		} {
			began := counters.Instructions()
			for range batch {
				if err := f(); err != nil {
					return err
				}
			}
			cost[end] += counters.Instructions() - began
		}
	}
	messages := uint64(n) * batch
	fmt.Fprintf(out, "pingpong: %d instructions to send a message and %d to receive it, of %d\n", cost[0]/messages, cost[1]/messages, messages)
	return nil
}
