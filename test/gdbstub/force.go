package gdbstub

import (
	"encoding/binary"
	"fmt"
	"strings"
)

// SetRegister writes a register of a hart by its name.
func (c *Client) SetRegister(t Thread, name string, value uint64) error {
	number, ok := c.registers[name]
	if !ok {
		return fmt.Errorf("the machine has no register %q", name)
	}
	if err := c.askOK("Hg%s", t); err != nil {
		return err
	}
	var le [8]byte
	binary.LittleEndian.PutUint64(le[:], value)
	return c.askOK("P%x=%x", number, le)
}

// ContinueOnly lets some harts run; the others stand still, as if their host did not
// run them, while the machine's time goes on. Interrupt stops all.
func (c *Client) ContinueOnly(harts ...Thread) error {
	var b strings.Builder
	for _, t := range harts {
		fmt.Fprintf(&b, ";c:%s", t)
	}
	return c.send("vCont" + b.String())
}
