//go:build !riscv64

package lrpc_test

import (
	"sync"
	"testing"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/hosted"
	"atoll/user/lrpc"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
)

// The second word of a message: what the server makes of it.
const (
	add = iota
	end
)

// world is a server, and clients with badges from 1 on.
type world struct {
	t       *testing.T
	arena   *memory.Arena
	server  *lrpc.Endpoint
	answers []*lrpc.Endpoint
	senders []sys.Cap // to them
	clients []lrpc.Client
}

func newWorld(t *testing.T, clients int) *world {
	t.Helper()
	arena, err := memory.NewArena(uint64(clients+1) * 4096)
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, arena: arena, server: endpoint(t, arena)}
	for i := range clients {
		e := endpoint(t, arena)
		to, err := w.server.Sender(uint32(i + 1))
		if err != nil {
			t.Fatal(err)
		}
		from, err := e.Sender(1)
		if err != nil {
			t.Fatal(err)
		}
		w.answers = append(w.answers, e)
		w.senders = append(w.senders, from)
		w.clients = append(w.clients, lrpc.Client{Server: to, Answer: e.Cap})
	}
	return w
}

func endpoint(t *testing.T, a *memory.Arena) *lrpc.Endpoint {
	t.Helper()
	e, err := lrpc.New(a)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// serve has a server add its client's badge to a number. It ends with the message end.
func (w *world) serve() (*lrpc.Server, chan error) {
	s := &lrpc.Server{
		At:     w.server.Cap,
		Answer: func(badge uint32) sys.Cap { return w.senders[badge-1] },
		Handle: func(m *lrpc.Message) bool {
			m.Words[0] += uint64(m.Badge)
			return m.Words[1] != end
		},
	}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve() }()
	return s, ended
}

// close drops all there is and looks whether all is as it was.
func (w *world) close() {
	w.t.Helper()
	for _, e := range append(w.answers, w.server) {
		if err := e.Drop(); err != nil {
			w.t.Error(err)
		}
	}
	if err := w.arena.Close(); err != nil {
		w.t.Error(err)
	}
}

// call makes a call that adds.
func call(c lrpc.Client, n uint64) (uint64, error) {
	m := lrpc.Message{Words: [abi.MessageWords]uint64{n, add}}
	err := c.Call(&m, 0, abi.Forever)
	return m.Words[0], err
}

// TestServe has clients call at the same time: each gets the answers to its own calls. One of
// them goes in the middle of it, and the others go on.
// Sabotages: let Serve answer to the badge of the message before; let it return when an answer
// cannot be sent.
func TestServe(t *testing.T) {
	k := hosted.Boot(t, 128)
	free, caps := slots.Own.Free(), k.Count()
	const clients, calls = 3, 2000
	w := newWorld(t, clients+1)
	s, ended := w.serve()
	var all sync.WaitGroup
	for i, c := range w.clients[:clients] {
		all.Go(func() {
			for n := range uint64(calls) {
				if got, err := call(c, n); err != nil || got != n+uint64(i)+1 {
					t.Errorf("client %d: %d became %d (%v)", i+1, n, got, err)
					return
				}
			}
		})
	}
	gone := w.clients[clients]
	if err := sys.Send(gone.Server, &lrpc.Message{}); err != nil { // and its answer is not waited for
		t.Error(err)
	}
	all.Wait()
	if err := sys.Revoke(w.answers[clients].Cap); err != nil {
		t.Error(err)
	}
	if err := sys.Send(gone.Server, &lrpc.Message{}); err != nil {
		t.Error(err)
	}
	if got, err := call(w.clients[0], 5); err != nil || got != 6 {
		t.Errorf("after a client has gone: %d, %v", got, err)
	}
	m := lrpc.Message{Words: [abi.MessageWords]uint64{7, end}}
	if err := w.clients[1].Call(&m, 0, abi.Forever); err != nil || m.Words[0] != 9 {
		t.Errorf("the last call: %v, %v", m.Words, err)
	}
	if err := <-ended; err != nil || s.Lost != 1 {
		t.Errorf("the server ended with %v, %d answers lost, want 1", err, s.Lost)
	}
	w.close()
	if f, c := slots.Own.Free(), k.Count(); f != free || c != caps {
		t.Errorf("%d slots and %d capabilities at the end, %d and %d before", f, c, free, caps)
	}
}

// TestServerGone has a server's endpoint go while a client's message is kept there.
// Sabotage, in the kernel: let the end of an endpoint end no waits.
func TestServerGone(t *testing.T) {
	hosted.Boot(t, 128)
	w := newWorld(t, 1)
	got := make(chan error, 1)
	go func() {
		_, err := call(w.clients[0], 1)
		got <- err
	}()
	if err := w.server.Drop(); err != nil {
		t.Fatal(err)
	}
	// The message was there before, or came too late.
	if err := <-got; err != abi.ErrPeerDead && err != abi.Error(capability.ErrNoSuchCap) {
		t.Errorf("the call ended with %v", err)
	}
}
