package ump

import (
	"testing"
	"time"

	"atoll/kernel/abi"
)

// half is a binding of a test: what the kernel does, without one.
type half struct {
	peer  *half
	rung  chan struct{} // latched, as in the kernel
	dead  chan struct{}
	rings int
	deaf  bool // rings are lost
}

func newHalf() *half { return &half{rung: make(chan struct{}, 1), dead: make(chan struct{})} }

func (h *half) Ring() error {
	h.rings++
	select {
	case <-h.peer.dead:
		return abi.ErrPeerDead
	default:
	}
	if !h.peer.deaf {
		select {
		case h.peer.rung <- struct{}{}:
		default:
		}
	}
	return nil
}

// Await waits until a time in nanoseconds from now on.
func (h *half) Await(until uint64) error {
	var late <-chan time.Time
	if until != abi.Forever && until != 0 {
		late = time.After(time.Duration(until))
	}
	select {
	case <-h.rung:
		return nil
	default:
	}
	select {
	case <-h.dead:
		return abi.ErrPeerDead
	default:
		if until == 0 {
			return abi.ErrTime
		}
	}
	select {
	case <-h.rung:
		return nil
	case <-h.dead:
		return abi.ErrPeerDead
	case <-late:
		return abi.ErrTime
	}
}

// die ends both halves.
func (h *half) die() {
	close(h.dead)
	close(h.peer.dead)
}

// newFrame returns memory that is aligned as a page's would be.
func newFrame() []byte {
	b := make([]byte, 2*FrameSize) // of this size the heap aligns to pages
	return b[:FrameSize:FrameSize]
}

// newPair opens both ends of a channel, which look so often before they block.
func newPair(looks uint64) (ends [2]*Channel, halves [2]*half) {
	frame := newFrame()
	halves = [2]*half{newHalf(), newHalf()}
	halves[0].peer, halves[1].peer = halves[1], halves[0]
	for e := range ends {
		ends[e] = Open(frame, End(e), halves[e])
		ends[e].SetPoll(looks)
	}
	return ends, halves
}

// linked is newPair when each end has seen the other.
func linked(t testing.TB, looks uint64) (ends [2]*Channel, halves [2]*half) {
	t.Helper()
	ends, halves = newPair(looks)
	done := make(chan error, 1)
	go func() {
		var m Message
		done <- ends[1].Recv(&m, abi.Forever)
	}()
	if err := ends[0].Send(1, &[7]uint64{}, abi.Forever); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return ends, halves
}
