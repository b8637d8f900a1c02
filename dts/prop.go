package dts

import (
	"encoding/binary"
	"slices"
	"strings"
)

// Prop returns a property's value, which the caller must not change. The first
// of two properties of one name counts.
func (n *Node) Prop(name string) (value []byte, ok bool) {
	for i := range n.raw.Properties {
		if n.raw.Properties[i].Name == name {
			return n.raw.Properties[i].Value, true
		}
	}
	return nil, false
}

// Has reports whether the node has the property, whatever its value.
func (n *Node) Has(name string) bool {
	_, ok := n.Prop(name)
	return ok
}

// U32 returns a property of one cell. A value of any other length is not ok.
func (n *Node) U32(name string) (v uint32, ok bool) {
	b, _ := n.Prop(name)
	if len(b) != 4 {
		return 0, false
	}
	return binary.BigEndian.Uint32(b), true
}

// U32Or returns a property of one cell, or, where it has not that form or is missing,
// another value.
func (n *Node) U32Or(name string, missing uint32) uint32 {
	if v, ok := n.U32(name); ok {
		return v
	}
	return missing
}

// Uint returns a property of one or two cells. A value of any other length is
// not ok.
func (n *Node) Uint(name string) (v uint64, ok bool) {
	b, _ := n.Prop(name)
	switch len(b) {
	case 4:
		return uint64(binary.BigEndian.Uint32(b)), true
	case 8:
		return binary.BigEndian.Uint64(b), true
	}
	return 0, false
}

// Strings returns a string list. A last string without its NUL counts as well.
func (n *Node) Strings(name string) []string {
	b, _ := n.Prop(name)
	if len(b) == 0 {
		return nil
	}
	return strings.Split(strings.TrimSuffix(string(b), "\x00"), "\x00")
}

// Text returns the first string of a property, "" if there is none.
func (n *Node) Text(name string) string {
	b, _ := n.Prop(name)
	s, _, _ := strings.Cut(string(b), "\x00")
	return s
}

// Provider returns the node that the first phandle of a property such as clocks
// names, nil if there is none.
func (n *Node) Provider(name string) *Node {
	b, _ := n.Prop(name)
	if len(b) < 4 {
		return nil
	}
	return n.tree.Phandle(binary.BigEndian.Uint32(b))
}

// Match returns the first of the node's own compatible strings (section 2.3.1:
// most specific first) that is among the names, "" if none is.
func (n *Node) Match(names ...string) string {
	for _, c := range n.Strings("compatible") {
		if slices.Contains(names, c) {
			return c
		}
	}
	return ""
}

// Okay reports whether the node may be used: it and every node above it have
// the status "okay", or "ok", or none (section 2.3.4).
func (n *Node) Okay() bool {
	for ; n != nil; n = n.Parent {
		if !n.enabled() {
			return false
		}
	}
	return true
}

// enabled reports whether the node's own status allows its use.
func (n *Node) enabled() bool {
	if !n.Has("status") {
		return true
	}
	s := n.Text("status")
	return s == "okay" || s == "ok"
}
