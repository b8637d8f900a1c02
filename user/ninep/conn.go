package ninep

import (
	"encoding/binary"
	"errors"
	"io"
)

// MessageSize bounds a message, in bytes.
const MessageSize = 16 << 10

// Transport carries messages: Exchange sends a request, and returns how long the reply is that has come
// into reply. It blocks, within a bound. After an error the transport is lost.
type Transport interface {
	Exchange(request, reply []byte) (int, error)
	// Lost reports whether it is known to be lost.
	Lost() bool
	Close()
}

// conn is a transport as the library wants it: a stream.
type conn struct {
	t     Transport
	out   []byte // the request so far
	reply [MessageSize]byte
	in    []byte // what is left of the reply
	err   error
}

var errRequest = errors.New("a request is longer than it says")

// Write takes a part of a request, and with the last makes the exchange.
func (c *conn) Write(b []byte) (int, error) {
	if c.err != nil {
		return 0, c.err
	}
	if c.out = append(c.out, b...); len(c.out) < 4 {
		return len(b), nil
	}
	switch size := int(binary.LittleEndian.Uint32(c.out)); {
	case len(c.out) < size:
		return len(b), nil
	case len(c.out) > size:
		c.err = errRequest
		return 0, c.err
	}
	n, err := c.t.Exchange(whole(c.out), c.reply[:])
	c.out = c.out[:0]
	if err != nil {
		c.err = err
		return 0, err
	}
	c.in = c.reply[:n]
	return len(b), nil
}

// whole returns a request as the host expects it: the library leaves out of a Tfsync whether times matter
// (Linux, net/9p: fid and datasync), and QEMU takes the device for broken then.
func whole(request []byte) []byte {
	const tfsync, size, missing = 50, 7 + 4, 4
	if len(request) == size && request[4] == tfsync {
		request = append(request, make([]byte, missing)...)
		binary.LittleEndian.PutUint32(request, size+missing)
	}
	return request
}

// Read reads of the reply.
func (c *conn) Read(b []byte) (int, error) {
	if len(c.in) == 0 {
		return 0, io.ErrUnexpectedEOF
	}
	n := copy(b, c.in)
	c.in = c.in[n:]
	return n, nil
}

// lost reports whether nothing can be asked any more.
func (c *conn) lost() bool { return c.err != nil || c.t.Lost() }

// Close ends the transport.
func (c *conn) Close() error {
	c.t.Close()
	return nil
}
