package dts

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/u-root/u-root/pkg/dt"
)

// Region is a range of addresses. Base+Size does not overflow.
type Region struct{ Base, Size uint64 }

// End returns the first address behind the region.
func (r Region) End() uint64 { return r.Base + r.Size }

// String writes the region as "base+size" in hexadecimal.
func (r Region) String() string { return fmt.Sprintf("%#x+%#x", r.Base, r.Size) }

// Tree is a device tree.
type Tree struct {
	Root     *Node
	size     int      // bytes of the blob
	reserves []Region // memory reservation block
	phandles map[uint32]*Node
}

// Node is a node of the tree.
type Node struct {
	Name     string // with the unit address; "" for the root
	Parent   *Node  // nil for the root
	Children []*Node
	raw      *dt.Node
	tree     *Tree
}

// Parse checks the blob and builds its tree.
func Parse(blob []byte) (*Tree, error) {
	if err := Check(blob); err != nil {
		return nil, err
	}
	size, err := TotalSize(blob)
	if err != nil {
		return nil, err
	}
	fdt, err := dt.ReadFDT(bytes.NewReader(blob[:size]))
	if err != nil {
		return nil, fmt.Errorf("device tree: %w", err)
	}
	t := &Tree{size: size, phandles: map[uint32]*Node{}}
	for _, e := range fdt.ReserveEntries {
		if e.Address+e.Size < e.Address {
			return nil, fmt.Errorf("device tree: the memory reservation of %#x bytes at %#x wraps around", e.Size, e.Address)
		}
		t.reserves = append(t.reserves, Region{Base: e.Address, Size: e.Size})
	}
	t.Root = t.adopt(fdt.RootNode, nil)
	return t, nil
}

// adopt wraps a node of u-root's and what is below it. Check bounds the depth.
func (t *Tree) adopt(raw *dt.Node, parent *Node) *Node {
	n := &Node{Name: raw.Name, Parent: parent, raw: raw, tree: t}
	ph, ok := n.U32("phandle")
	if !ok {
		ph, ok = n.U32("linux,phandle") // what old compilers wrote
	}
	if _, taken := t.phandles[ph]; ok && !taken {
		t.phandles[ph] = n
	}
	for _, c := range raw.Children {
		n.Children = append(n.Children, t.adopt(c, n))
	}
	return n
}

// Size returns the size of the blob in bytes, as its header gives it.
func (t *Tree) Size() int { return t.size }

// Walk calls f for every node, parents before children, in the blob's order,
// and leaves out what is below a node for which f returns false.
func (t *Tree) Walk(f func(*Node) bool) { t.Root.walk(f) }

func (n *Node) walk(f func(*Node) bool) {
	if !f(n) {
		return
	}
	for _, c := range n.Children {
		c.walk(f)
	}
}

// Path returns the node's full path.
func (n *Node) Path() string {
	if n.Parent == nil {
		return "/"
	}
	var parts []string
	for ; n.Parent != nil; n = n.Parent {
		parts = append(parts, n.Name)
	}
	var b strings.Builder
	for i := len(parts) - 1; i >= 0; i-- {
		b.WriteByte('/')
		b.WriteString(parts[i])
	}
	return b.String()
}

// Child returns the child of that name; a name without a unit address also
// finds a child that has one (section 2.2.3), the first of several. It returns
// nil if there is none.
func (n *Node) Child(name string) *Node {
	for _, c := range n.Children {
		if c.Name == name {
			return c
		}
	}
	for _, c := range n.Children {
		if base, _, _ := strings.Cut(c.Name, "@"); base == name {
			return c
		}
	}
	return nil
}

// Find returns the node at a full path, or at a path that begins with an alias
// (section 3.3). It returns nil if there is none.
func (t *Tree) Find(path string) *Node {
	n := t.Root
	if !strings.HasPrefix(path, "/") {
		alias, rest, _ := strings.Cut(path, "/")
		if path = t.alias(alias); path == "" {
			return nil
		}
		path += "/" + rest
	}
	for part := range strings.SplitSeq(path, "/") {
		if part == "" {
			continue
		}
		if n = n.Child(part); n == nil {
			return nil
		}
	}
	return n
}

// alias returns the full path that an alias stands for, "" if none.
func (t *Tree) alias(name string) string {
	aliases := t.Root.Child("aliases")
	if aliases == nil || name == "" {
		return ""
	}
	path := aliases.Text(name)
	if !strings.HasPrefix(path, "/") {
		return ""
	}
	return path
}

// Phandle returns the node with that phandle, nil if there is none.
func (t *Tree) Phandle(ph uint32) *Node { return t.phandles[ph] }

// Compatible returns, in the blob's order, the nodes that are okay and
// compatible with one of the names.
func (t *Tree) Compatible(names ...string) []*Node {
	var found []*Node
	t.Walk(func(n *Node) bool {
		if !n.enabled() {
			return false
		}
		if n.Match(names...) != "" {
			found = append(found, n)
		}
		return true
	})
	return found
}
