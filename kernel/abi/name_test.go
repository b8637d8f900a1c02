package abi

import (
	"strings"
	"testing"
)

// Names come back as they went, and what is none is refused. Sabotage: in String, allow
// MaxName+1 bytes.
func TestNames(t *testing.T) {
	for _, text := range []string{"a", "pingpong", strings.Repeat("x", MaxName), "12345678", "~"} {
		if n, e := NameOf(text); e != OK || n.String() != text {
			t.Errorf("%q: %v, %q", text, e, n.String())
		}
	}
	for _, text := range []string{"", strings.Repeat("x", MaxName+1), strings.Repeat("x", 40), "a b", "a\x00", "\x00a", "a\x00b", "\u00e4", "a\n"} {
		if _, e := NameOf(text); e != ErrName {
			t.Errorf("%q is a name", text)
		}
	}
	for _, n := range []Name{{}, {0, 1}, {'a', 'b'}, {'a', 0, 1 << 56}, {^uint64(0), ^uint64(0), ^uint64(0)}} {
		if text := n.String(); text != "" {
			t.Errorf("%#x is the name %q", [3]uint64(n), text)
		}
	}
}
