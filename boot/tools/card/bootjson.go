package card

import (
	"fmt"
	"strings"

	"atoll/dts/boards"
)

// addBootJSON adds boot.json and the tree for the BIOS of a LiteX SoC (LiteX,
// software/bios/boot.c): it loads each file to the address given with it and enters
// addr with a0, a1 and a2 = r1, r2 and r3. OpenSBI's fw_jump then finds the tree in a1.
func (c Card) addBootJSON(m map[string][]byte) error {
	l := c.Board.Loads[0]
	fw := c.Board.Firmware[0]
	switch {
	case c.Tree != nil:
		return fmt.Errorf("%s takes no tree of one's own: the card's carries the boot arguments", c.Board.Name)
	case c.Firmware[fw.Name] == nil:
		return fmt.Errorf("%s needs FIRMWARE=%s=file, %s (Debian: opensbi)", c.Board.Name, fw.Name, fw.What)
	}
	chosen, err := c.chosen(l)
	if err != nil {
		return err
	}
	tree := c.Board.Trees[0]
	if m[tree.Path], err = boards.Compile(tree.Source, chosen); err != nil {
		return err
	}
	var b strings.Builder
	b.WriteString("{\n")
	load := func(path string, at uint64) { fmt.Fprintf(&b, "\t%q: \"%#x\",\n", strings.TrimPrefix(path, "/"), at) }
	load(c.kernelPath(), l.Kernel)
	load(tree.Path, l.Tree)
	if c.Initrd != nil {
		load("/initrd.img", l.Ramdisk)
	}
	load(fw.Path, l.RAM)
	fmt.Fprintf(&b, "\t\"bootargs\": {\"r1\": \"0x0\", \"r2\": \"%#x\", \"r3\": \"0x0\", \"addr\": \"%#x\"}\n}\n", l.Tree, l.RAM)
	m["/boot.json"] = []byte(b.String())
	return nil
}

// chosen returns what is to be added to the tree.
func (c Card) chosen(l boards.Loads) (string, error) {
	if err := printable(c.Append); err != nil {
		return "", err
	}
	var b strings.Builder
	b.WriteString("/ { chosen {\n")
	if c.Append != "" {
		escaped := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(c.Append)
		fmt.Fprintf(&b, "bootargs = \"%s\";\n", escaped)
	}
	if n := uint64(len(c.Initrd)); n > 0 {
		fmt.Fprintf(&b, "linux,initrd-start = <%#x>;\nlinux,initrd-end = <%#x>;\n", l.Ramdisk, l.Ramdisk+n)
	}
	b.WriteString("}; };\n")
	return b.String(), nil
}
