package replica

import (
	"encoding/binary"
	"fmt"
)

// MaxName is the most bytes of a name.
const MaxName = 24

// Name is a name in words, as messages carry it: its bytes, little-endian, then
// zeros.
type Name [MaxName / 8]uint64

// NameOf returns the words of a name: 1 to 24 bytes of printable ASCII without
// spaces.
func NameOf(text string) (n Name, err error) {
	if len(text) < 1 || len(text) > MaxName {
		return n, fmt.Errorf("a name of %d bytes: want 1 to %d", len(text), MaxName)
	}
	var b [MaxName]byte
	copy(b[:], text)
	n = nameOf(&b)
	if !n.valid() || n.String() != text {
		return n, fmt.Errorf("the name %q has other characters than printable ASCII", text)
	}
	return n, nil
}

func nameOf(b *[MaxName]byte) (n Name) {
	for i := range n {
		n[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return n
}

func (n Name) bytes() (b [MaxName]byte) {
	for i, w := range n {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	return b
}

// valid reports whether the words are a name.
func (n Name) valid() bool {
	b := n.bytes()
	length := 0
	for length < MaxName && b[length] > ' ' && b[length] < 0x7f {
		length++
	}
	for _, c := range b[length:] {
		if c != 0 {
			return false
		}
	}
	return length > 0
}

// Append appends the text to b.
func (n Name) Append(b []byte) []byte {
	text := n.bytes()
	for _, c := range text {
		if c == 0 {
			break
		}
		b = append(b, c)
	}
	return b
}

func (n Name) String() string { return string(n.Append(nil)) }
