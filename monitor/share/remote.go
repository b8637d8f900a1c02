package share

import (
	"errors"
	"fmt"
	"time"

	"atoll/monitor/binding"
)

// Buffers of each end of a binding.
const (
	BufferCount = 2
	BufferBytes = MessageSize
)

const (
	stepTime = 5 * time.Second // to hand a buffer over
	restTime = time.Minute
)

// Types of messages of a binding, and codes of an answer.
const (
	typeAsk uint16 = 1 + iota
	typeAnswer

	codeDone = 0
	codeLost = 1
)

// Serve answers a client until the binding ends. The owner has given its end buffers.
func Serve(b *binding.Binding, x Exchanger) {
	defer b.Close()
	defer x.Close()
	request, reply := make([]byte, MessageSize), make([]byte, MessageSize)
	for {
		var ask binding.Message
		err := b.Recv(&ask, restTime)
		if errors.Is(err, binding.ErrTimeout) {
			continue // nobody asks
		}
		if err != nil || ask.Type != typeAsk {
			return
		}
		part, err := b.Part(stepTime)
		if err != nil {
			return
		}
		n := copy(request, part.Bytes) // the client may write to it meanwhile
		if part.Done(stepTime) != nil {
			return
		}
		answer := [7]uint64{ask.W[0], codeLost}
		if n, err = x.Exchange(request[:n], reply); err == nil {
			if hand(b, reply[:n]) != nil {
				return
			}
			answer[1] = codeDone
		}
		if b.Send(typeAnswer, &answer, stepTime) != nil || err != nil {
			return
		}
	}
}

// hand copies a message to the other end.
func hand(b *binding.Binding, m []byte) error {
	buf, err := b.Buffer(stepTime)
	if err != nil {
		return err
	}
	copy(buf.Bytes, m)
	return buf.Hand(len(m), stepTime)
}

// Client is a session at another core. It is for one goroutine.
type Client struct{ b *binding.Binding }

var _ Exchanger = (*Client)(nil)

// NewClient makes one of a binding to the owner. This end has been given buffers.
func NewClient(b *binding.Binding) *Client { return &Client{b} }

// Close ends the session.
func (c *Client) Close() { c.b.Close() }

// Lost implements Exchanger.
func (c *Client) Lost() bool { return c.b.Err() != nil }

// Exchange implements Exchanger.
func (c *Client) Exchange(request, reply []byte) (int, error) {
	if len(request) == 0 || len(request) > MessageSize {
		return 0, errMessage
	}
	if err := hand(c.b, request); err != nil {
		return 0, c.lost(err)
	}
	var answer binding.Message
	if err := c.b.Call(typeAsk, &[7]uint64{}, &answer, askTime); err != nil {
		return 0, c.lost(err)
	}
	if answer.W[1] != codeDone {
		return 0, c.lost(errors.New("the host's folder has been lost"))
	}
	p, err := c.b.Part(stepTime)
	if err != nil {
		return 0, c.lost(err)
	}
	n := copy(reply, p.Bytes)
	if err := p.Done(stepTime); err != nil {
		return 0, c.lost(err)
	}
	return n, nil
}

// lost ends a binding on which an answer has not come: what comes later would be taken for another's.
func (c *Client) lost(why error) error {
	c.b.End(why)
	return fmt.Errorf("%w: %w", why, ErrLost)
}
