package main

import (
	"errors"
	"fmt"
	"io"
	"runtime"
	"time"

	"atoll/arch/counters"
	"atoll/kernel/abi"
	"atoll/user/lrpc"
	"atoll/user/memory"
	"atoll/user/sys"
)

// badge is how the server knows the client.
const badge = 1

// lrpcRounds has a server answer so many calls of a client, both threads of this program.
func lrpcRounds(out io.Writer, n int, asJSON bool) error {
	// A thread that waits in the kernel keeps its P for a while: each has its own.
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(max(3, runtime.GOMAXPROCS(0))))
	server, err := lrpc.New(memory.Own())
	if err != nil {
		return err
	}
	client, err := lrpc.New(memory.Own())
	if err != nil {
		return err
	}
	toServer, err := server.Sender(badge)
	if err != nil {
		return err
	}
	toClient, err := client.Sender(badge)
	if err != nil {
		return err
	}
	ended := make(chan error, 1)
	go func() { ended <- echo(server.Cap, toClient) }()
	cost, err := rounds(lrpc.Client{Server: toServer, Answer: client.Cap}, n)
	if err != nil {
		return errors.Join(err, server.Drop(), <-ended)
	}
	if err := errors.Join(<-ended, server.Drop(), client.Drop()); err != nil {
		return err
	}
	if asJSON {
		return record(out, map[string]any{"event": "bench-userlrpc", "count": n, "rtt_ns": cost.ns, "instructions": cost.instructions})
	}
	_, err = fmt.Fprintf(out, "pingpong: lrpc, %d round trips, each %d ns\n", n, cost.ns)
	return err
}

// The first word of a message says whether it is the last one. The second one is counted up
// by the server.
const (
	goOn = iota
	last
)

// echo answers until the last message.
func echo(at, client sys.Cap) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := lrpc.Server{
		At: at,
		Answer: func(from uint32) sys.Cap {
			if from != badge {
				return 0
			}
			return client
		},
		Handle: func(m *lrpc.Message) bool {
			m.Words[1]++
			return m.Words[0] != last
		},
	}
	err := s.Serve()
	if err == nil && s.Lost > 0 {
		return fmt.Errorf("%d answers were lost", s.Lost)
	}
	return err
}

// rounds makes so many calls, and one before that counts for nothing.
func rounds(c lrpc.Client, n int) (cost, error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var m lrpc.Message
	var began time.Time
	var instructions uint64
	for i := range n + 1 {
		if i == 1 {
			began, instructions = time.Now(), counters.Instructions()
		}
		if i == n {
			m.Words[0] = last
		}
		m.Words[1] = uint64(i)
		if err := c.Call(&m, 0, abi.Forever); err != nil {
			return cost{}, err
		}
		if m.Words[1] != uint64(i)+1 {
			return cost{}, fmt.Errorf("message %d came back as %d", i, m.Words[1])
		}
	}
	count := uint64(n)
	return cost{uint64(time.Since(began)) / count, (counters.Instructions() - instructions) / count}, nil
}
