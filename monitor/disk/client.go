package disk

import (
	"encoding/binary"
	"fmt"
	"sync"
	"time"

	"atoll/monitor/binding"
)

// Client is a disk at another core.
type Client struct {
	mu sync.Mutex
	b  *binding.Binding
}

var _ Disk = (*Client)(nil)

// NewClient makes a disk of a binding to its owner. This end has been given buffers; the
// owner's end gets its own before it answers.
func NewClient(b *binding.Binding) *Client { return &Client{b: b} }

// Err says why the disk cannot be used any more, nil if it can.
func (c *Client) Err() error { return c.b.Err() }

// Close ends the binding.
func (c *Client) Close() { c.b.Close() }

// Read implements Disk.
func (c *Client) Read(sector uint64, into []byte, _ time.Duration) error {
	return each(sector, into, func(sector uint64, part []byte) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		if _, err := c.call(opRead, sector, uint64(len(part)/Sector)); err != nil {
			return err
		}
		p, err := c.b.Part(stepTime)
		if err != nil {
			return c.lost(err)
		}
		n := copy(part, p.Bytes)
		if err := p.Done(stepTime); err != nil || n != len(part) {
			return c.lost(fmt.Errorf("%d bytes for %d, %w", n, len(part), err))
		}
		return nil
	})
}

// Write implements Disk.
func (c *Client) Write(sector uint64, data []byte, _ time.Duration) error {
	return each(sector, data, func(sector uint64, part []byte) error {
		c.mu.Lock()
		defer c.mu.Unlock()
		buf, err := c.b.Buffer(stepTime)
		if err != nil {
			return c.lost(err)
		}
		copy(buf.Bytes, part)
		if err := buf.Hand(len(part), stepTime); err != nil {
			return c.lost(err)
		}
		_, err = c.call(opWrite, sector, uint64(len(part)/Sector))
		return err
	})
}

// Flush implements Disk.
func (c *Client) Flush(time.Duration) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	_, err := c.call(opFlush, 0, 0)
	return err
}

// Measure implements Disk. What the owner says is input.
func (c *Client) Measure() (sectors uint64, readOnly bool, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, err := c.call(opInfo, 0, 0)
	return min(answer[2], 1<<54), answer[3] != 0, err
}

// Identify implements Disk.
func (c *Client) Identify(time.Duration) (id [20]byte, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	answer, err := c.call(opIdentify, 0, 0)
	var words []byte
	for _, w := range answer[2:5] {
		words = binary.LittleEndian.AppendUint64(words, w)
	}
	copy(id[:], words)
	return id, err
}

// call asks the owner and waits for its answer.
func (c *Client) call(op, sector, count uint64) ([7]uint64, error) {
	var answer binding.Message
	if err := c.b.Call(typeAsk, &[7]uint64{0, op, sector, count}, &answer, askTime); err != nil {
		return answer.W, c.lost(err)
	}
	return answer.W, errorOf(answer.W[1])
}

// lost ends a binding on which an answer has not come: what comes later would be taken
// for another's.
func (c *Client) lost(why error) error {
	c.b.End(why)
	return fmt.Errorf("%w: %w", why, ErrLost)
}

// each cuts a long transfer into requests.
func each(sector uint64, data []byte, do func(sector uint64, part []byte) error) error {
	if len(data)%Sector != 0 {
		return ErrRefused
	}
	for len(data) > 0 {
		n := min(len(data), BufferBytes)
		if err := do(sector, data[:n]); err != nil {
			return err
		}
		sector, data = sector+uint64(n/Sector), data[n:]
	}
	return nil
}
