package card

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"atoll/dts/boards"
)

// ownTree is where a tree of the user's stands on the card.
const ownTree = "/dtbs/own.dtb"

// files returns what the file system holds.
func (c Card) files() (map[string][]byte, error) {
	if err := c.checkKernel(); err != nil {
		return nil, err
	}
	m := map[string][]byte{}
	for _, f := range c.Board.Files {
		m[f.Path] = []byte(f.Text)
	}
	for _, f := range c.Board.Firmware {
		if data, ok := c.Firmware[f.Name]; ok && f.Path != "" {
			m[f.Path] = data
		}
	}
	if err := c.addTrees(m); err != nil {
		return nil, err
	}
	m[c.kernelPath()] = c.Kernel
	if c.Initrd != nil {
		m["/initrd.img"] = c.Initrd
	}
	if c.Board.BootJSON {
		return m, c.addBootJSON(m)
	}
	conf, err := c.extlinux()
	m["/extlinux/extlinux.conf"] = conf
	return m, err
}

// addTrees adds the device trees.
func (c Card) addTrees(m map[string][]byte) error {
	if c.Board.BootJSON {
		return nil // addBootJSON does it
	}
	if c.Tree != nil {
		m[ownTree] = c.Tree
		return nil
	}
	for _, t := range c.Board.Trees {
		blob, err := boards.Compile(t.Source)
		if err != nil {
			return err
		}
		m[t.Path] = blob
	}
	return nil
}

// kernelPath is the kernel's name on the card.
func (c Card) kernelPath() string {
	if compressed(c.Kernel) {
		return "/Image.gz"
	}
	return "/Image"
}

func compressed(b []byte) bool { return bytes.HasPrefix(b, []byte("\x1f\x8b")) }

// headerSize is the length of the RISC-V image header.
const headerSize = 64

// checkKernel checks that the kernel is an image and that the board's boot loaders
// would load nothing over anything.
func (c Card) checkKernel() error {
	img := c.Kernel
	if compressed(img) {
		r, err := gzip.NewReader(bytes.NewReader(img))
		if err == nil {
			img, err = io.ReadAll(r)
		}
		if err != nil {
			return fmt.Errorf("the compressed kernel: %w", err)
		}
	}
	if len(img) < headerSize || string(img[56:60]) != "RSC\x05" {
		return errors.New("the kernel is no RISC-V image: its header lacks the magic number")
	}
	offset, size := binary.LittleEndian.Uint64(img[8:]), binary.LittleEndian.Uint64(img[16:])
	for _, l := range c.Board.Loads {
		if compressed(c.Kernel) && l.Comp == 0 {
			return fmt.Errorf("%s takes no compressed kernel: %s unpacks none there", c.Board.Name, l.Loader)
		}
		if err := l.Check(uint64(len(img)), offset, size, uint64(len(c.Initrd))); err != nil {
			return err
		}
	}
	return nil
}
