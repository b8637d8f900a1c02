package card

import (
	"fmt"
	"strings"
)

// maxAppend bounds the boot arguments: U-Boot expands them in a buffer of
// CONFIG_SYS_CBSIZE bytes, of which some boards have 1024, others 512.
const maxAppend = 500

// extlinux returns extlinux.conf (U-Boot, doc/README.pxe). There is one label and no
// time-out, so that it boots at once.
func (c Card) extlinux() ([]byte, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "default atoll\nlabel atoll\n\tkernel %s\n", c.kernelPath())
	if c.Initrd != nil {
		b.WriteString("\tinitrd /initrd.img\n")
	}
	switch {
	case c.Tree != nil:
		fmt.Fprintf(&b, "\tfdt %s\n", ownTree)
	case c.Board.FDT != "":
		fmt.Fprintf(&b, "\t%s\n", c.Board.FDT)
	}
	if c.Append != "" {
		escaped, err := escape(c.Append)
		if err != nil {
			return nil, err
		}
		fmt.Fprintf(&b, "\tappend %s\n", escaped)
	}
	return []byte(b.String()), nil
}

// escape writes boot arguments so that U-Boot's expansion of variables gives them back
// (common/cli_simple.c). It takes one backslash away from each row of them, and `$` and
// `'` behind a backslash as they stand.
func escape(args string) (string, error) {
	if err := printable(args); err != nil {
		return "", err
	}
	var b strings.Builder
	var before rune
	for _, r := range args {
		if strings.ContainsRune(`\$'`, r) && before != '\\' {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
		before = r
	}
	if b.Len() > maxAppend {
		return "", fmt.Errorf("the boot arguments have %d characters; U-Boot takes %d", b.Len(), maxAppend)
	}
	return b.String(), nil
}

// printable refuses boot arguments that a text file would not give back.
func printable(args string) error {
	for _, r := range args {
		if r < ' ' || r > '~' {
			return fmt.Errorf("the boot arguments hold %q, which a card cannot", r)
		}
	}
	return nil
}
