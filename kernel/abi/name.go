package abi

import "encoding/binary"

// MaxName is the most bytes of a service's name.
const MaxName = 22

// Name is a service's name as calls carry it: its bytes, little-endian, then zeros.
type Name [3]uint64

// NameOf returns the words of a name, of 1 to MaxName printable characters without
// spaces. It fails with ErrName.
func NameOf(text string) (n Name, e Error) {
	var b [8 * len(n)]byte
	copy(b[:], text)
	for i := range n {
		n[i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	if text == "" || len(text) > MaxName || n.String() != text {
		return n, ErrName
	}
	return n, OK
}

// String returns the text, "" if the words are no name.
func (n Name) String() string {
	var b [8 * len(n)]byte
	for i, w := range n {
		binary.LittleEndian.PutUint64(b[8*i:], w)
	}
	length := 0
	for length < MaxName && b[length] > ' ' && b[length] < 0x7f {
		length++
	}
	for _, c := range b[length:] {
		if c != 0 {
			return ""
		}
	}
	return string(b[:length])
}
