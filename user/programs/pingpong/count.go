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
func countRounds(out io.Writer, n int, asJSON bool) error {
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
	var send, receive uint64
	for range n {
		began := counters.Instructions()
		for range batch {
			if err := ends[0].Send(typeBall, &m.W, 0); err != nil {
				return err
			}
		}
		sent := counters.Instructions()
		for range batch {
			if err := ends[1].Recv(&m, 0); err != nil {
				return err
			}
		}
		send, receive = send+sent-began, receive+counters.Instructions()-sent
	}
	messages := uint64(n) * batch
	send, receive = send/messages, receive/messages
	if asJSON {
		return record(out, map[string]any{"event": "bench-userump-count", "messages": messages, "send": send, "receive": receive})
	}
	_, err := fmt.Fprintf(out, "pingpong: %d instructions to send a message and %d to receive it, of %d\n", send, receive, messages)
	return err
}
