package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"time"

	"atoll/kernel/abi"
	"atoll/user/binding"
	"atoll/user/memory"
	"atoll/user/remote"
	"atoll/user/sys"
	"atoll/user/ump"
)

// patience bounds how long each side waits for the other to begin. After that the end of the
// binding ends all waits.
const patience = 20 * time.Second

// typeBall is the type of all messages.
const typeBall = 1

// match is what the two sides have to agree on.
type match struct {
	a, b, n int
	asJSON  bool
}

// name is that of the service that they meet at.
func (m match) name() string { return fmt.Sprintf("pingpong-%d-%d", m.a, m.b) }

// args are those of a side's program.
func (m match) args(side ...string) []string {
	args := []string{"pingpong"}
	if m.asJSON {
		args = append(args, "-json")
	}
	args = append(args, side...)
	for _, n := range [...]int{m.a, m.b, m.n} {
		args = append(args, strconv.Itoa(n))
	}
	return args
}

// Sides of a match. Who lies answers half of the messages, and then writes nonsense into the
// frame.
const (
	asks    = "ask"
	answers = "answer"
	lies    = "lie"
)

// umpRounds is one of two sides, or has both played.
func umpRounds(out io.Writer, side string, m match) error {
	space := memory.NewSpace(memory.Own())
	switch side {
	case asks:
		return ask(out, space, m)
	case answers:
		return withChannel(space, m.name(), ump.Server, func(c *ump.Channel, _ []byte) error { return pongs(c, m.n) })
	case lies:
		return withChannel(space, m.name(), ump.Server, func(c *ump.Channel, frame []byte) error { return lie(c, frame, m.n) })
	}
	core, err := strconv.Atoi(os.Getenv("ATOLL_CORE"))
	if err != nil {
		return errors.New("the program is not told on which core it runs")
	}
	if core != m.a {
		return elsewhere(space, m.a, m.args()...)
	}
	// Whoever ends first with an error ends the other: a program's end is that of what it runs.
	ended := make(chan error, 2)
	go func() { ended <- elsewhere(space, m.b, m.args(answers)...) }()
	go func() { ended <- ask(out, space, m) }()
	for range 2 {
		if err := <-ended; err != nil {
			return err
		}
	}
	return nil
}

func ask(out io.Writer, space *memory.Space, m match) error {
	return withChannel(space, m.name(), ump.Client, func(c *ump.Channel, _ []byte) error { return pings(out, c, m) })
}

// elsewhere has a program run on another core, to its end.
func elsewhere(s *memory.Space, core int, args ...string) error {
	status, err := remote.Run(memory.Own(), s, core, abi.Forever, args...)
	if err != nil {
		return fmt.Errorf("on core %d: %w", core, err)
	}
	if status != 0 {
		return fmt.Errorf("on core %d the program has ended with status %d", core, status)
	}
	return nil
}

// Bounds of what is measured beside the round trips of two ends that poll: those in which
// both block, the bare ones, and the looks for a word of those.
const (
	mostBlocked = 1000
	mostBare    = 100_000
	bareLooks   = 1 << 30 // some seconds
)

// perSample is how many round trips of two ends that poll make a sample: one is shorter than
// a clock may see.
const perSample = 20

// pings measures: round trips of two words, which are the least, those of the channel while
// both ends poll, and those in which each end blocks at once.
func pings(out io.Writer, c *ump.Channel, m match) error {
	if err := rally(c, 1); err != nil { // it counts for nothing
		return err
	}
	bare, err := measure(min(m.n, mostBare), perSample, func(k int) error {
		if c.PingBare(uint64(k), bareLooks) != uint64(k) {
			return silent(c)
		}
		return nil
	})
	if err != nil {
		return err
	}
	polled, err := measure(m.n, perSample, func(k int) error { return rally(c, k) })
	if err != nil {
		return err
	}
	c.SetPoll(1)
	blocked, err := measure(min(m.n, mostBlocked), 1, func(k int) error { return rally(c, k) })
	if err != nil {
		return err
	}
	if m.asJSON {
		return record(out, map[string]any{"event": "bench-userump", "core": m.a, "peer": m.b, "count": m.n,
			"bare_ns": bare.ns, "rtt_ns": polled.ns, "blocked_ns": blocked.ns,
			"instructions": polled.instructions, "blocked_instructions": blocked.instructions})
	}
	fmt.Fprintf(out, "pingpong: ump, cores %d and %d, %d round trips, each %d ns\n", m.a, m.b, m.n, polled.ns)
	fmt.Fprintf(out, "pingpong: two words to and fro: %d ns, so the ratio is %.2f\n", bare.ns, float64(polled.ns)/float64(max(bare.ns, 1)))
	_, err = fmt.Fprintf(out, "pingpong: when both ends block: %d ns\n", blocked.ns)
	return err
}

// silent says why the other side has not answered a bare word: nobody tells who only looks
// that the channel has ended.
func silent(c *ump.Channel) error {
	c.SetPoll(1)
	if err := c.Recv(new(ump.Message), sys.After(time.Second)); err != nil && err != abi.ErrTime {
		return err
	}
	return errors.New("the other side does not answer the bare round trips")
}

// rally sends numbers and wants each back one greater.
func rally(c *ump.Channel, trips int) error {
	var m ump.Message
	for i := range uint64(trips) {
		m.W[0] = i
		if err := c.Send(typeBall, &m.W, abi.Forever); err != nil {
			return err
		}
		if err := c.Recv(&m, abi.Forever); err != nil {
			return err
		}
		if m.W[0] != i+1 {
			return fmt.Errorf("message %d came back as %d", i, m.W[0])
		}
	}
	return nil
}

// pongs answers as many.
func pongs(c *ump.Channel, n int) error {
	if err := pongsPolled(c, n, n); err != nil {
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

// pongsPolled answers while both ends poll, some of n messages.
func pongsPolled(c *ump.Channel, n, some int) error {
	if err := answer(c, 1); err != nil {
		return err
	}
	if k := min(uint64(n), mostBare); c.PongBare(k, bareLooks) != k {
		return silent(c)
	}
	return answer(c, some)
}

// lineWords is how many words of the frame come before the rings.
const lineWords = 16

// lie answers half of n messages, and writes nonsense into the frame until the client has
// given up. Half of that is where the channel keeps its state.
func lie(c *ump.Channel, frame []byte, n int) error {
	if err := pongsPolled(c, n, n/2); err != nil {
		return err
	}
	for rnd := rand.New(rand.NewPCG(uint64(n), 0)); c.Alive(); {
		for range 64 {
			words := len(frame) / 8
			if rnd.IntN(2) == 0 {
				words = lineWords
			}
			binary.NativeEndian.PutUint64(frame[8*rnd.IntN(words):], rnd.Uint64()>>rnd.IntN(64))
		}
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

// withChannel lets f have one end of the channel of a name.
func withChannel(space *memory.Space, name string, end ump.End, f func(c *ump.Channel, frame []byte) error) error {
	open := binding.Bind
	if end == ump.Server {
		open = binding.Offer
	}
	b, err := open(space, name, patience)
	if err != nil {
		return err
	}
	if err := f(ump.Open(b.Frame, end, b), b.Frame); err != nil {
		return err
	}
	return b.Close()
}
