package lrpc

import (
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
)

// Message is five words and at most one capability.
type Message = sys.Message

// Endpoint is one that the program has made. It belongs to one goroutine; its capabilities to
// any.
type Endpoint struct {
	Cap     sys.Cap
	object  memory.Object
	arena   *memory.Arena
	senders []sys.Cap
}

// New makes an endpoint of an arena's RAM.
func New(a *memory.Arena) (*Endpoint, error) {
	o, err := a.Make(capability.Endpoint, layout.PageSize)
	if err != nil {
		return nil, err
	}
	return &Endpoint{Cap: o.Cap, object: o, arena: a}, nil
}

// Sender makes a capability to send to the endpoint, with a badge from 1 on.
func (e *Endpoint) Sender(badge uint32) (sys.Cap, error) {
	c, err := slots.Own.Take()
	if err != nil {
		return 0, err
	}
	if err := sys.Mint(e.Cap, c, capability.Write, badge); err != nil {
		slots.Own.Give(c)
		return 0, err
	}
	e.senders = append(e.senders, c)
	return c, nil
}

// Drop ends the endpoint, and all capabilities to send to it: whoever waits there, or for an
// answer from there, gets abi.ErrPeerDead.
func (e *Endpoint) Drop() error {
	if err := e.arena.Drop(e.object); err != nil {
		return err
	}
	for _, c := range e.senders {
		slots.Own.Give(c)
	}
	e.senders = nil
	return nil
}

// Client is who calls a server.
type Client struct {
	Server sys.Cap // to send to
	Answer sys.Cap // the client's own endpoint
}

// Call sends a message to the server and waits until a time for the answer, which takes its
// place. An empty slot is for a capability that comes with it, 0 if none may. A client makes
// one call at a time, and none any more after abi.ErrTime: the answer may still come.
func (c Client) Call(m *Message, slot sys.Cap, until uint64) error {
	return sys.Exchange(c.Server, c.Answer, m, slot, until)
}

// Server answers calls.
type Server struct {
	At sys.Cap // its endpoint
	// Answer returns where the answer to a badge goes, 0 for nowhere.
	Answer func(badge uint32) sys.Cap
	// Handle makes the answer of a message, in its place: its Cap is the slot of what came,
	// and then what goes. It returns false to end Serve when the answer is sent.
	Handle func(m *Message) (more bool)
	Slot   sys.Cap // for capabilities that come, emptied by Handle; 0: none may
	Lost   int     // answers that could not be sent
}

// Serve answers calls until Handle says that it is enough, or receiving fails.
func (s *Server) Serve() error {
	var m Message
	answer := sys.Cap(0) // where m goes, 0 for nowhere
	for {
		if answer == 0 {
			if err := sys.Receive(s.At, &m, s.Slot, abi.Forever); err != nil {
				return err
			}
		} else if sys.Exchange(answer, s.At, &m, s.Slot, abi.Forever) != nil {
			s.Lost++ // or receiving has failed, and will again
			answer = 0
			continue
		}
		answer = s.Answer(m.Badge)
		more := s.Handle(&m)
		switch {
		case answer == 0:
			s.Lost++
		case !more:
			return sys.Send(answer, &m)
		}
		if !more {
			return nil
		}
	}
}
