package dts

import (
	"bytes"
	"fmt"
)

// Tokens of the structure block (section 5.4.1).
const (
	tokenBeginNode = 1
	tokenEndNode   = 2
	tokenProp      = 3
	tokenNop       = 4
	tokenEnd       = 9
)

// checker walks a structure block without building anything.
type checker struct {
	block, strings []byte
	off            int // of the next unread byte, always a multiple of 4
	depth          int // nodes that are open
	nodes, props   int
}

// run walks the whole block.
func (c *checker) run() error {
	for {
		at := c.off
		t, err := c.word("token")
		if err != nil {
			return err
		}
		switch t {
		case tokenBeginNode:
			err = c.begin()
		case tokenEndNode:
			if c.depth == 0 {
				return fmt.Errorf("device tree: the node end at structure offset %#x has no beginning", at)
			}
			c.depth--
		case tokenProp:
			err = c.prop()
		case tokenNop:
		case tokenEnd:
			return c.end(at)
		default:
			return fmt.Errorf("device tree: %#x at structure offset %#x is no token", t, at)
		}
		if err != nil {
			return err
		}
	}
}

// word reads a word; what names it for the error.
func (c *checker) word(what string) (uint32, error) {
	if len(c.block)-c.off < 4 {
		return 0, fmt.Errorf("device tree: the structure block ends at offset %#x where a %s should stand", c.off, what)
	}
	v := word(c.block, c.off)
	c.off += 4
	return v, nil
}

// begin checks a node's name and counts the node.
func (c *checker) begin() error {
	at := c.off
	rest := c.block[at:]
	n := bytes.IndexByte(rest[:min(len(rest), maxName+1)], 0)
	if n < 0 {
		return fmt.Errorf("device tree: the node name at structure offset %#x does not end within %d bytes", at, maxName)
	}
	root := c.depth == 0
	switch {
	case root && c.nodes > 0:
		return fmt.Errorf("device tree: a second root node begins at structure offset %#x", at)
	case root != (n == 0):
		return fmt.Errorf("device tree: the node name at structure offset %#x is empty below the root, or not empty at the root", at)
	case !validName(rest[:n]):
		return fmt.Errorf("device tree: the node name at structure offset %#x has a character that is not allowed", at)
	}
	c.off = align4(at + n + 1)
	c.nodes++
	c.depth++
	if c.nodes > maxNodes || c.depth > maxDepth {
		return fmt.Errorf("device tree: more than %d nodes, or nodes nested deeper than %d, at structure offset %#x", maxNodes, maxDepth, at)
	}
	return nil
}

// prop checks a property's length and name.
func (c *checker) prop() error {
	at := c.off
	size, err := c.word("property length")
	if err != nil {
		return err
	}
	name, err := c.word("property name offset")
	if err != nil {
		return err
	}
	if c.depth == 0 {
		return fmt.Errorf("device tree: the property at structure offset %#x is outside every node", at)
	}
	if uint64(size) > uint64(len(c.block)-c.off) {
		return fmt.Errorf("device tree: the property of %d bytes at structure offset %#x leaves the structure block", size, at)
	}
	if uint64(name) >= uint64(len(c.strings)) {
		return fmt.Errorf("device tree: the property at structure offset %#x has its name at %#x, outside the strings block", at, name)
	}
	rest := c.strings[name:]
	n := bytes.IndexByte(rest[:min(len(rest), maxName+1)], 0)
	if n <= 0 || !validName(rest[:n]) {
		return fmt.Errorf("device tree: the property name at strings offset %#x is empty, unterminated, longer than %d bytes or has a character that is not allowed", name, maxName)
	}
	c.off = align4(c.off + int(size))
	if c.props++; c.props > maxProps {
		return fmt.Errorf("device tree: more than %d properties at structure offset %#x", maxProps, at)
	}
	return nil
}

// end checks that the end token closes a whole tree and the block.
func (c *checker) end(at int) error {
	switch {
	case c.depth > 0:
		return fmt.Errorf("device tree: the tree ends at structure offset %#x with %d nodes open", at, c.depth)
	case c.nodes == 0:
		return fmt.Errorf("device tree: the tree has no root node")
	case c.off != len(c.block):
		return fmt.Errorf("device tree: the structure block of %d bytes goes on after its end token at %#x", len(c.block), at)
	}
	return nil
}

// align4 rounds an offset up. The result may lie behind the block when its size
// is not a multiple of 4; word finds that out, since it never gets to read.
func align4(off int) int { return (off + 3) &^ 3 }

// validName reports whether a name is printable ASCII without a slash. That is
// wider than section 2.2.1 allows and narrow enough for paths and for a console.
func validName(name []byte) bool {
	for _, c := range name {
		if c <= ' ' || c > '~' || c == '/' {
			return false
		}
	}
	return true
}
