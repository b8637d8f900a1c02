package main

import (
	"errors"
	"fmt"
	"io"
	"math"

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

// lap is how many batches are a whole number of turns of the ring, which has 31 slots: those
// in which all messages cost what others do.
const lap = 31

// countRounds counts the instructions of a message at each end of a channel, without the way:
// the median over some laps, so that page faults and interrupts are not in it.
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
	each := (max(n, 1)/mostSamples/lap + 1) * lap
	var send, receive []float64
	for left := n; left > 0; left -= each {
		k := min(each, left)
		s, r, err := countBatches(&ends, k)
		if err != nil {
			return err
		}
		messages := float64(k) * batch
		send, receive = append(send, float64(s)/messages), append(receive, float64(r)/messages)
	}
	atSend, atReceive, messages := math.Round(median(send)), math.Round(median(receive)), n*batch
	if asJSON {
		return record(out, map[string]any{"event": "bench-userump-count", "messages": messages, "send": atSend, "receive": atReceive})
	}
	_, err := fmt.Fprintf(out, "pingpong: %.0f instructions to send a message and %.0f to receive it, of %d\n", atSend, atReceive, messages)
	return err
}

// countBatches has the first end send so many batches, and the other one receive each.
func countBatches(ends *[2]*ump.Channel, n int) (send, receive uint64, err error) {
	var m ump.Message
	for range n {
		began := counters.Instructions()
		for range batch {
			if err := ends[0].Send(typeBall, &m.W, 0); err != nil {
				return 0, 0, err
			}
		}
		sent := counters.Instructions()
		for range batch {
			if err := ends[1].Recv(&m, 0); err != nil {
				return 0, 0, err
			}
		}
		send, receive = send+sent-began, receive+counters.Instructions()-sent
	}
	return send, receive, nil
}
