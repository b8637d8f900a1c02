package fdtbuild

import "encoding/binary"

// Tokens of the structure block (section 5.4.1).
const (
	tokenBeginNode = 1
	tokenEndNode   = 2
	tokenProp      = 3
	tokenEnd       = 9
)

// Tree is a device tree to be written.
type Tree struct {
	Root    *Node
	Reserve [][2]uint64 // memory reservation block: address, size
}

// Node is a node to be written. Its methods return a node so that a tree can be
// described in one expression.
type Node struct {
	Name     string
	props    []prop
	children []*Node
}

type prop struct {
	name  string
	value []byte
}

// New returns a tree with a root node that has 2-cell addresses and sizes and
// the given compatible strings.
func New(compatible ...string) *Tree {
	root := &Node{}
	root.Cells("#address-cells", 2).Cells("#size-cells", 2)
	root.Strings("compatible", compatible...)
	return &Tree{Root: root}
}

// Add adds a child and returns the child.
func (n *Node) Add(name string) *Node {
	c := &Node{Name: name}
	n.children = append(n.children, c)
	return c
}

// Bytes sets a property to a value as it stands and returns the node.
func (n *Node) Bytes(name string, value []byte) *Node {
	for i := range n.props {
		if n.props[i].name == name {
			n.props[i].value = value
			return n
		}
	}
	n.props = append(n.props, prop{name, value})
	return n
}

// Flag sets a property without a value.
func (n *Node) Flag(name string) *Node { return n.Bytes(name, nil) }

// Cells sets a property to 32-bit cells.
func (n *Node) Cells(name string, cells ...uint32) *Node {
	var b []byte
	for _, c := range cells {
		b = binary.BigEndian.AppendUint32(b, c)
	}
	return n.Bytes(name, b)
}

// Wide sets a property to 64-bit numbers, two cells each.
func (n *Node) Wide(name string, values ...uint64) *Node {
	var b []byte
	for _, v := range values {
		b = binary.BigEndian.AppendUint64(b, v)
	}
	return n.Bytes(name, b)
}

// Strings sets a property to a string list.
func (n *Node) Strings(name string, list ...string) *Node {
	var b []byte
	for _, s := range list {
		b = append(append(b, s...), 0)
	}
	return n.Bytes(name, b)
}

// Find returns the node at a path of exact names below this one, nil if there
// is none.
func (n *Node) Find(path ...string) *Node {
	for _, name := range path {
		var next *Node
		for _, c := range n.children {
			if c.Name == name {
				next = c
			}
		}
		if n = next; n == nil {
			return nil
		}
	}
	return n
}

// Remove takes away a property and returns the node.
func (n *Node) Remove(name string) *Node {
	for i := range n.props {
		if n.props[i].name == name {
			n.props = append(n.props[:i], n.props[i+1:]...)
			return n
		}
	}
	return n
}

// writer collects the structure and strings blocks.
type writer struct {
	structure, strings []byte
	offsets            map[string]uint32
}

func (w *writer) word(v uint32) {
	w.structure = binary.BigEndian.AppendUint32(w.structure, v)
}

func (w *writer) pad() {
	for len(w.structure)%4 != 0 {
		w.structure = append(w.structure, 0)
	}
}

func (w *writer) node(n *Node) {
	w.word(tokenBeginNode)
	w.structure = append(append(w.structure, n.Name...), 0)
	w.pad()
	for _, p := range n.props {
		off, ok := w.offsets[p.name]
		if !ok {
			off = uint32(len(w.strings))
			w.offsets[p.name] = off
			w.strings = append(append(w.strings, p.name...), 0)
		}
		w.word(tokenProp)
		w.word(uint32(len(p.value)))
		w.word(off)
		w.structure = append(w.structure, p.value...)
		w.pad()
	}
	for _, c := range n.children {
		w.node(c)
	}
	w.word(tokenEndNode)
}

// Blob writes the tree as a version 17 blob.
func (t *Tree) Blob() []byte {
	w := writer{offsets: map[string]uint32{}}
	w.node(t.Root)
	w.word(tokenEnd)
	const header = 40
	var reserve []byte
	for _, r := range append(t.Reserve[:len(t.Reserve):len(t.Reserve)], [2]uint64{}) {
		reserve = binary.BigEndian.AppendUint64(reserve, r[0])
		reserve = binary.BigEndian.AppendUint64(reserve, r[1])
	}
	offStruct := header + len(reserve)
	offStrings := offStruct + len(w.structure)
	var b []byte
	for _, v := range []int{0xd00dfeed, offStrings + len(w.strings), offStruct, offStrings,
		header, 17, 16, 0, len(w.strings), len(w.structure)} {
		b = binary.BigEndian.AppendUint32(b, uint32(v))
	}
	b = append(b, reserve...)
	b = append(b, w.structure...)
	return append(b, w.strings...)
}
