package pipe

import (
	"encoding/binary"
	"math"
	"syscall"

	"atoll/user/vfs"
)

// counter is an event counter (eventfd): a write adds to it, a read takes all of it, or one
// if it is a semaphore.
type counter struct {
	count     uint64
	semaphore bool
	queue     vfs.Queue
}

// NewCounter returns an event counter.
func NewCounter(count uint64, semaphore bool) vfs.Stream {
	return &counter{count: count, semaphore: semaphore}
}

func (c *counter) Read(b []byte) (int, error) {
	n := c.count
	switch {
	case len(b) < 8:
		return 0, syscall.EINVAL
	case n == 0:
		return 0, syscall.EAGAIN
	case c.semaphore:
		n = 1
	}
	c.count -= n
	binary.NativeEndian.PutUint64(b, n)
	c.queue.Notify()
	return 8, nil
}

func (c *counter) Write(b []byte) (int, error) {
	if len(b) < 8 {
		return 0, syscall.EINVAL
	}
	n := binary.NativeEndian.Uint64(b)
	switch {
	case n == math.MaxUint64:
		return 0, syscall.EINVAL
	case n >= math.MaxUint64-c.count:
		return 0, syscall.EAGAIN
	}
	c.count += n
	c.queue.Notify()
	return 8, nil
}

func (c *counter) Ready() (e vfs.Events) {
	if c.count > 0 {
		e = vfs.In
	}
	if c.count < math.MaxUint64-1 {
		e |= vfs.Out
	}
	return e
}

func (c *counter) Queue() *vfs.Queue { return &c.queue }

// Attr is that of a file without a name.
func (c *counter) Attr() vfs.Attr { return vfs.Attr{Mode: 0o600, Links: 1} }
