package gdbstub

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net"
	"time"
)

// timeout bounds each exchange with the stub: QEMU answers as soon as its main
// loop turns, but the host may be loaded.
const timeout = time.Minute

// maxPacket bounds what the client accepts: more than any stub sends.
const maxPacket = 1 << 20

// conn sends and receives packets: $data#checksum, each acknowledged by +.
type conn struct {
	c net.Conn
	r *bufio.Reader
}

// send sends a packet and waits until the stub has acknowledged it.
func (c *conn) send(data string) error {
	c.c.SetDeadline(time.Now().Add(timeout))
	if _, err := fmt.Fprintf(c.c, "$%s#%02x", data, checksum(data)); err != nil {
		return err
	}
	for {
		b, err := c.r.ReadByte()
		switch {
		case err != nil:
			return err
		case b == '+':
			return nil
		case b != '$':
			return fmt.Errorf("the stub answered the packet %q with %q instead of +", data, b)
		}
		// Dialing stops the machine, and the stub reports that at some time.
		c.r.UnreadByte()
		if stop, err := c.receive(); err != nil || !isStop(stop) {
			return errors.Join(err, fmt.Errorf("the stub sent %q before it acknowledged %q", stop, data))
		}
	}
}

// isStop reports whether a packet says that the machine has stopped.
func isStop(packet string) bool { return packet != "" && (packet[0] == 'T' || packet[0] == 'S') }

// receive takes the next packet and acknowledges it.
func (c *conn) receive() (string, error) {
	c.c.SetDeadline(time.Now().Add(timeout))
	b, err := c.r.ReadByte()
	if err != nil {
		return "", err
	}
	if b != '$' {
		return "", fmt.Errorf("%q where a packet should begin", b)
	}
	raw, err := c.body()
	if err != nil {
		return "", err
	}
	var sum [2]byte
	if _, err := io.ReadFull(c.r, sum[:]); err != nil {
		return "", err
	}
	if want := fmt.Sprintf("%02x", checksum(raw)); want != string(sum[:]) {
		return "", fmt.Errorf("a packet's checksum is %q, not %s", sum, want)
	}
	if _, err := io.WriteString(c.c, "+"); err != nil {
		return "", err
	}
	return unescape(raw), nil
}

// body reads the rest of a packet up to the #.
func (c *conn) body() (string, error) {
	var raw []byte
	for {
		b, err := c.r.ReadByte()
		if err != nil {
			return "", err
		}
		if b == '#' {
			return string(raw), nil
		}
		if raw = append(raw, b); len(raw) > maxPacket {
			return "", errors.New("the stub's packet has no end")
		}
	}
}

// unescape undoes the escapes: } and a byte with bit 5 flipped.
func unescape(raw string) string {
	data := make([]byte, 0, len(raw))
	for i := 0; i < len(raw); i++ {
		if raw[i] == '}' && i+1 < len(raw) {
			i++
			data = append(data, raw[i]^0x20)
			continue
		}
		data = append(data, raw[i])
	}
	return string(data)
}

// ask sends a packet and returns the answer.
func (c *conn) ask(format string, args ...any) (string, error) {
	packet := fmt.Sprintf(format, args...)
	if err := c.send(packet); err != nil {
		return "", err
	}
	answer, err := c.receive()
	if err != nil {
		return "", fmt.Errorf("answer to %q: %w", packet, err)
	}
	if len(answer) == 3 && answer[0] == 'E' {
		return "", fmt.Errorf("the stub refused %q with %s", packet, answer)
	}
	return answer, nil
}

// askOK is ask where the answer must be OK.
func (c *conn) askOK(format string, args ...any) error {
	answer, err := c.ask(format, args...)
	if err == nil && answer != "OK" {
		err = fmt.Errorf("the stub answered %q instead of OK to %q", answer, fmt.Sprintf(format, args...))
	}
	return err
}

// checksum is the sum of the bytes modulo 256.
func checksum(data string) (sum byte) {
	for i := range len(data) {
		sum += data[i]
	}
	return sum
}
