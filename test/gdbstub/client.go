package gdbstub

import (
	"bufio"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// Client is a connection to a machine's stub.
type Client struct {
	conn
	registers map[string]int // numbers by name
}

// Thread is a hart as the stub names it.
type Thread string

// Dial connects to the stub's socket, which stops the machine.
func Dial(path string) (*Client, error) {
	c, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	return New(c)
}

// New makes a client of a connection and asks the stub for the machine's registers.
func New(c net.Conn) (*Client, error) {
	client := &Client{conn: conn{c, bufio.NewReader(c)}}
	err := client.start()
	if err != nil {
		c.Close()
		return nil, err
	}
	return client, nil
}

// start negotiates and reads the target description.
func (c *Client) start() error {
	features, err := c.ask("qSupported:xmlRegisters=riscv")
	if err != nil {
		return err
	}
	if !strings.Contains(features, "qXfer:features:read+") {
		return fmt.Errorf("the stub does not describe its registers: %q", features)
	}
	if c.registers, err = readTarget(c.document); err != nil {
		return err
	}
	return c.askOK("Qqemu.PhyMemMode:1")
}

// document reads a document of the target description, piece by piece.
func (c *Client) document(name string) (string, error) {
	var b strings.Builder
	for {
		piece, err := c.ask("qXfer:features:read:%s:%x,%x", name, b.Len(), 0x400)
		if err != nil {
			return "", err
		}
		if piece == "" || piece[0] != 'm' && piece[0] != 'l' {
			return "", fmt.Errorf("the stub has no document %s", name)
		}
		b.WriteString(piece[1:])
		if piece[0] == 'l' {
			return b.String(), nil
		}
		if len(piece) == 1 || b.Len() > maxPacket {
			return "", fmt.Errorf("the stub's document %s has no end", name)
		}
	}
}

// Threads returns the machine's harts in the stub's order.
func (c *Client) Threads() ([]Thread, error) {
	var all []Thread
	for query := "qfThreadInfo"; ; query = "qsThreadInfo" {
		answer, err := c.ask("%s", query)
		if err != nil {
			return nil, err
		}
		list, more := strings.CutPrefix(answer, "m")
		if !more {
			break
		}
		for id := range strings.SplitSeq(list, ",") {
			all = append(all, Thread(id))
		}
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("the stub lists no threads")
	}
	return all, nil
}

// Register reads a register of a hart by its name in the target description, such
// as pc, a0, satp or mhartid.
func (c *Client) Register(t Thread, name string) (uint64, error) {
	number, ok := c.registers[name]
	if !ok {
		return 0, fmt.Errorf("the machine has no register %q", name)
	}
	if err := c.askOK("Hg%s", t); err != nil {
		return 0, err
	}
	answer, err := c.ask("p%x", number)
	if err != nil {
		return 0, fmt.Errorf("register %s: %w", name, err)
	}
	b, err := hex.DecodeString(answer)
	if err != nil || len(b) == 0 || len(b) > 8 {
		return 0, fmt.Errorf("register %s has the value %q", name, answer)
	}
	var le [8]byte
	copy(le[:], b)
	return binary.LittleEndian.Uint64(le[:]), nil
}

// ReadPhys reads physical memory into b. Where the machine has nothing, QEMU reads
// zeros.
func (c *Client) ReadPhys(pa uint64, b []byte) error {
	const most = 1024 // bytes a packet; each takes two digits
	for len(b) > 0 {
		n := min(len(b), most)
		answer, err := c.ask("m%x,%x", pa, n)
		if err != nil {
			return err
		}
		got, err := hex.DecodeString(answer)
		if err != nil || len(got) != n {
			return fmt.Errorf("the stub answered %d digits for %d bytes at %#x", len(answer), n, pa)
		}
		copy(b, got)
		pa, b = pa+uint64(n), b[n:]
	}
	return nil
}

// WritePhys writes b to physical memory.
func (c *Client) WritePhys(pa uint64, b []byte) error {
	return c.askOK("M%x,%x:%x", pa, len(b), b)
}

// Continue lets the machine run.
func (c *Client) Continue() error { return c.send("c") }

// Interrupt stops a machine that runs and waits until it stands.
func (c *Client) Interrupt() error {
	c.c.SetDeadline(time.Now().Add(timeout)) // the last one may have passed long ago
	if _, err := c.c.Write([]byte{3}); err != nil {
		return err
	}
	answer, err := c.receive()
	if err != nil {
		return err
	}
	if !isStop(answer) {
		return fmt.Errorf("the stub answered %s to an interrupt", strconv.Quote(answer))
	}
	return nil
}

// Close detaches and lets the machine run on.
func (c *Client) Close() error {
	err := c.askOK("D")
	c.c.Close()
	return err
}
