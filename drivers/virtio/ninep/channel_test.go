package ninep

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"atoll/drivers/dma"
	"atoll/drivers/virtio"
	"atoll/drivers/virtio/virtiotest"
)

// registers locks the fake device, which a goroutine uses beside the test.
type registers struct{ d *virtiotest.Device }

func (r registers) load(off uintptr, width int) uint64 {
	r.d.Lock()
	defer r.d.Unlock()
	return r.d.Load(off, width)
}

func (r registers) store(off uintptr, width int, v uint64) {
	r.d.Lock()
	defer r.d.Unlock()
	r.d.Store(off, width, v)
}

func (r registers) Read8(off uintptr) uint8       { return uint8(r.load(off, 1)) }
func (r registers) Read32(off uintptr) uint32     { return uint32(r.load(off, 4)) }
func (r registers) Write8(off uintptr, v uint8)   { r.store(off, 1, uint64(v)) }
func (r registers) Write32(off uintptr, v uint32) { r.store(off, 4, uint64(v)) }

// open makes a device that answers each request with itself, backwards.
func open(t *testing.T, legacy, interrupt bool) (*virtiotest.Device, *Channel, *dma.Window) {
	t.Helper()
	f, w := virtiotest.New(virtio.NineP, legacy, t.Errorf)
	f.Serve = func(_ uint32, c *virtiotest.Chain) uint32 {
		in := bytes.Join(c.Read, nil)
		for i, b := range in {
			c.Write[0][len(in)-1-i] = b
		}
		return uint32(len(in))
	}
	dev, err := virtio.Probe(registers{f})
	if err != nil {
		t.Fatal(err)
	}
	c, err := New(dev, w, interrupt)
	if err != nil {
		t.Fatal(err)
	}
	return f, c, w
}

// Replies come to their requests, of every length, and nothing of the one before is in them.
// Sabotage: leave clear out of submit; return MessageSize in place of written.
func TestExchange(t *testing.T) {
	for _, legacy := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			f, c, _ := open(t, legacy, true)
			reply := make([]byte, MessageSize)
			for _, size := range []int{MessageSize, 1, 7, 100} {
				request := bytes.Repeat([]byte{byte(size), 2}, size)[:size]
				n, err := c.Exchange(request, reply, time.Second)
				if err != nil || n != size || reply[0] != request[size-1] || reply[n-1] != request[0] {
					t.Errorf("%d bytes: %d, %v", size, n, err)
				}
			}
			f.Serve = func(_ uint32, c *virtiotest.Chain) uint32 { return 50 } // says so, and writes none
			if n, err := c.Exchange([]byte{1}, reply, time.Second); n != 50 || err != nil || !bytes.Equal(reply[:50], make([]byte, 50)) {
				t.Errorf("of what it has not written: %d, %v, %v", n, err, reply[:50])
			}
			for _, size := range []int{0, MessageSize + 1} {
				if _, err := c.Exchange(make([]byte, size), reply, time.Second); err != ErrSize {
					t.Errorf("%d bytes: %v", size, err)
				}
			}
		})
	}
}

// A reply comes with its interrupt at once, and without within a gap.
// Sabotage: leave the send out of Interrupt; leave look out of Exchange.
func TestInterrupt(t *testing.T) {
	for _, interrupt := range []bool{true, false} {
		synctest.Test(t, func(t *testing.T) {
			f, c, _ := open(t, false, interrupt)
			f.Lazy = true
			begin := time.Now()
			go func() {
				time.Sleep(time.Millisecond)
				c.mu.Lock() // the rings have one user at a time here
				f.Work(0, -1)
				c.mu.Unlock()
				if interrupt {
					c.Interrupt()
				}
			}()
			_, err := c.Exchange([]byte{1}, nil, time.Second)
			most := time.Millisecond
			if !interrupt {
				most += gapPolled
			}
			if took := time.Since(begin); err != nil || took > most {
				t.Errorf("interrupt %v: %v, after %v", interrupt, err, took)
			}
		})
	}
}

// A device that does not answer is reset when the bound has passed, and the next exchange finds a new life;
// what comes late is nobody's.
// Sabotage: leave the bringing up out of restart; leave life++ out of bringUp.
func TestBound(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, c, w := open(t, false, true)
		free := w.Free()
		f.Lazy = true
		life, begin := c.Life(), time.Now()
		_, err := c.Exchange([]byte{1}, nil, time.Second)
		if took := time.Since(begin); !errors.Is(err, ErrUnknown) || took < time.Second || took > time.Second+gapWithInterrupt {
			t.Errorf("%v, after %v", err, took)
		}
		if c.Life() != life+1 || w.Free() != free || c.Err() != nil {
			t.Errorf("life %d of %d, %d bytes are free, %v", c.Life(), life, w.Free(), c.Err())
		}
		f.Lazy = false
		if n, err := c.Exchange([]byte{1, 2}, nil, time.Second); err != nil {
			t.Errorf("in the next life: %d, %v", n, err)
		}
	})
}

// A device that lies is reset; one that cannot be keeps its buffers, and is not used again.
// Sabotage: leave the error of Next out of collect; leave fault out of restart.
func TestLies(t *testing.T) {
	for name, lie := range map[string]func(id, length *uint32) uint16{
		"a chain that there is not": func(id, _ *uint32) uint16 { *id = 77; return 1 },
		"more than there is":        func(_, length *uint32) uint16 { *length = MessageSize + 1; return 1 },
		"chains that there are not": func(_, _ *uint32) uint16 { return 5 },
	} {
		synctest.Test(t, func(t *testing.T) {
			f, c, _ := open(t, false, true)
			f.Lie = lie
			life := c.Life()
			if _, err := c.Exchange([]byte{1}, nil, time.Second); !errors.Is(err, ErrUnknown) || c.Life() != life+1 {
				t.Errorf("%s: %v", name, err)
			}
			f.Lie = nil
			if _, err := c.Exchange([]byte{1}, nil, time.Second); err != nil {
				t.Errorf("behind %s: %v", name, err)
			}
		})
	}
	synctest.Test(t, func(t *testing.T) {
		f, c, w := open(t, false, true)
		f.Lazy, f.Stuck = true, true
		free := w.Free()
		_, err := c.Exchange([]byte{1}, nil, time.Second)
		again, _ := c.Exchange([]byte{1}, nil, time.Second)
		if c.Err() == nil || !strings.Contains(fmt.Sprint(c.Err()), virtio.ErrStuck.Error()) || again != 0 || w.Free() > free {
			t.Errorf("%v, then %v", err, c.Err())
		}
	})
}
