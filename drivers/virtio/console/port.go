// Package console sends text to a virtio console (VIRTIO 1.2, section 5.3): port 0, output
// only. It is for a log, which is better short of a line than late: what the device does not
// take in time is dropped and counted.
//
// Execution context: Write does not block, so that an event loop may call it; several
// goroutines may. It polls: a buffer that the device has used is found by the next Write.
package console

import (
	"sync"

	"atoll/drivers/dma"
	"atoll/drivers/virtio"
)

const (
	transmit = 1 // the queue of port 0 that the device reads (5.3.2)
	buffers  = 16
	// MaxText is how long a piece of text is at most, in bytes.
	MaxText = 1024
)

// Port is the output of a console.
type Port struct {
	mu     sync.Mutex
	dev    *virtio.Device
	queue  *virtio.Queue
	unused []dma.Buffer
	flying map[uint16]dma.Buffer
	fault  error
}

// New resets the device and brings it up. If that fails with virtio.ErrStuck the device
// may still read memory that an earlier driver has given to it.
func New(dev *virtio.Device, w *dma.Window) (*Port, error) {
	if err := dev.Negotiate(0); err != nil {
		return nil, err
	}
	q, err := dev.OpenQueue(transmit, buffers, w)
	if err != nil {
		return nil, err
	}
	p := &Port{dev: dev, queue: q, flying: map[uint16]dma.Buffer{}}
	for range min(buffers, q.Size()) {
		b, err := w.Take(MaxText, dma.Line)
		if err != nil {
			dev.Reset() // it has nothing to do that could hold it up
			for _, b := range p.unused {
				w.Give(b)
			}
			return nil, err
		}
		p.unused = append(p.unused, b)
	}
	q.Interrupts(false)
	dev.Start()
	return p, nil
}

// Write sends text, of which the device gets all or nothing. It reports false if it is
// dropped, because the device has not taken what was sent before, does not work, or the text
// is longer than MaxText or empty.
func (p *Port) Write(text []byte) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.collect()
	if p.fault != nil || len(p.unused) == 0 || len(text) == 0 || len(text) > MaxText {
		return false
	}
	b := p.unused[len(p.unused)-1]
	copy(b.Bytes, text)
	b.ForDevice()
	head, err := p.queue.Submit(virtio.Segment{Addr: b.Addr, Len: uint32(len(text))})
	if err != nil {
		return false
	}
	p.unused = p.unused[:len(p.unused)-1]
	p.flying[head] = b
	p.queue.Notify()
	return true
}

// collect takes back what the device has used. A device that lies is reset and not used
// again; its buffers stay what they are.
func (p *Port) collect() {
	for p.fault == nil {
		head, _, ok, err := p.queue.Next()
		if err != nil {
			p.fault = err
			if stuck := p.dev.Reset(); stuck != nil {
				p.fault = stuck
			}
			return
		}
		if !ok {
			return
		}
		p.unused = append(p.unused, p.flying[head])
		delete(p.flying, head)
	}
}
