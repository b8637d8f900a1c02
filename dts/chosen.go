package dts

import (
	"fmt"
	"strings"
)

// chosen returns /chosen, nil if there is none (section 3.6).
func (t *Tree) chosen() *Node { return t.Root.Child("chosen") }

// BootArgs returns the boot arguments, "" if there are none. They are the
// user's bytes: quote them before they reach a console.
func (t *Tree) BootArgs() string {
	if c := t.chosen(); c != nil {
		return c.Text("bootargs")
	}
	return ""
}

// Stdout returns the node that stdout-path names, as a path or an alias, and
// the options behind its colon, such as "115200n8". Without the property the
// node is nil and there is no error.
func (t *Tree) Stdout() (n *Node, options string, err error) {
	c := t.chosen()
	if c == nil {
		return nil, "", nil
	}
	s := c.Text("stdout-path")
	if s == "" {
		s = c.Text("linux,stdout-path") // the name before the specification's
	}
	if s == "" {
		return nil, "", nil
	}
	path, options, _ := strings.Cut(s, ":")
	if n = t.Find(path); n == nil {
		return nil, "", fmt.Errorf("/chosen: stdout-path %q names no node", s)
	}
	return n, options, nil
}

// Initrd returns where the initial RAM disk lies; its size is 0 if there is
// none. QEMU writes the two properties as one cell, U-Boot as two.
func (t *Tree) Initrd() (Region, error) {
	c := t.chosen()
	if c == nil || !c.Has("linux,initrd-start") && !c.Has("linux,initrd-end") {
		return Region{}, nil
	}
	start, ok1 := c.Uint("linux,initrd-start")
	end, ok2 := c.Uint("linux,initrd-end")
	if !ok1 || !ok2 || end < start {
		return Region{}, fmt.Errorf("/chosen: linux,initrd-start and linux,initrd-end do not bound a region")
	}
	return Region{Base: start, Size: end - start}, nil
}

// RNGSeed returns the seed that firmware or the emulator drew, nil if none.
func (t *Tree) RNGSeed() []byte {
	if c := t.chosen(); c != nil {
		b, _ := c.Prop("rng-seed")
		return b
	}
	return nil
}
