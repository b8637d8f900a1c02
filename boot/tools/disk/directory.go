package disk

import (
	"bytes"
	"cmp"
	"encoding/binary"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf16"
)

const (
	dirRecord = 32 // bytes
	longUnits = 13 // characters of a long name in a record
	longest   = 255
)

// Attributes of a directory record.
const (
	attrVolume    = 0x08
	attrDirectory = 0x10
	attrArchive   = 0x20
	attrLong      = 0x0f
)

// firstDay is 1 January 1980, the first day that a record can state.
const firstDay = 1<<5 | 1

// node is a file, or a folder if children is not nil.
type node struct {
	name     string
	short    string // 11 characters
	long     bool   // the name needs records of its own
	data     []byte
	children []*node
	parent   *node // the root's is itself
	cluster  uint32
}

// tree makes folders and files of paths.
func tree(files map[string][]byte) (*node, error) {
	root := &node{children: []*node{}}
	root.parent = root
	for _, path := range slices.Sorted(maps.Keys(files)) {
		names := strings.Split(path, "/")
		if names[0] != "" || len(names) < 2 {
			return nil, fmt.Errorf("%q is not an absolute path", path)
		}
		at := root
		for _, name := range names[1 : len(names)-1] {
			next := at.child(name)
			if next == nil {
				next = &node{name: name, children: []*node{}, parent: at}
				at.children = append(at.children, next)
			}
			if next.children == nil {
				return nil, fmt.Errorf("%s is a file and a folder", name)
			}
			at = next
		}
		at.children = append(at.children, &node{name: names[len(names)-1], data: files[path], parent: at})
	}
	return root, root.settle()
}

// child finds a child by its exact name.
func (n *node) child(name string) *node {
	for _, c := range n.children {
		if c.name == name {
			return c
		}
	}
	return nil
}

// settle sorts a folder and what is below it, and gives everything its short name.
func (n *node) settle() error {
	slices.SortFunc(n.children, func(a, b *node) int { return cmp.Compare(a.name, b.name) })
	seen := map[string]string{}
	taken := map[string]bool{}
	for _, c := range n.children {
		if err := checkName(c.name); err != nil {
			return err
		}
		// FAT does not tell capital letters from small ones.
		fold := strings.ToUpper(c.name)
		if other, ok := seen[fold]; ok {
			return fmt.Errorf("%s and %s are one name on FAT", other, c.name)
		}
		seen[fold] = c.name
		c.short, c.long = shorten(c.name, taken)
		taken[c.short] = true
		if c.children != nil {
			if err := c.settle(); err != nil {
				return err
			}
		}
	}
	return nil
}

// checkName refuses names that FAT cannot hold, and blanks and leading dots, which
// boot loaders' scripts trip over.
func checkName(name string) error {
	ok := name != "" && len(name) <= longest && name[0] != '.' && name[len(name)-1] != '.'
	for _, r := range name {
		ok = ok && r > ' ' && r < 0x7f && !strings.ContainsRune(`"*/:<>?\|`, r)
	}
	if !ok {
		return fmt.Errorf("%q is no file name for FAT", name)
	}
	return nil
}

// shortSafe are the characters of a short name.
func shortSafe(r rune) bool {
	return r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("$%'-_@~`!(){}^#&", r)
}

// shorten returns the short name, eight characters and three, and whether the real
// name needs long records beside it ("Name matching in short and long names").
func shorten(name string, taken map[string]bool) (short string, long bool) {
	base, ext := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		base, ext = name[:i], name[i+1:]
	}
	clean := func(s string) string {
		return strings.Map(func(r rune) rune {
			if !shortSafe(r) {
				return -1
			}
			return r
		}, strings.ToUpper(s))
	}
	b, e := clean(base), clean(ext)
	lossy := len(b) != len(base) || len(e) != len(ext) || len(b) > 8 || len(e) > 3 || b == ""
	e = e[:min(len(e), 3)]
	short = padded(b[:min(len(b), 8)], 8) + padded(e, 3)
	for i := 1; lossy || taken[short]; i++ {
		tail := fmt.Sprintf("~%d", i)
		short = padded(b[:min(len(b), 8-len(tail))]+tail, 8) + padded(e, 3)
		lossy = false
	}
	plain := strings.TrimRight(short[:8], " ")
	if e != "" {
		plain += "." + e
	}
	return short, plain != name
}

// padded fills up with blanks.
func padded(s string, n int) string { return s + strings.Repeat(" ", max(0, n-len(s))) }

// records is how many records the folder's own list has, without an end mark.
func (n *node) records(root bool) int {
	count := 2 // . and ..
	if root {
		count = 1 // the label
	}
	for _, c := range n.children {
		count += 1 + c.longRecords()
	}
	return count
}

// longRecords is how many records the long name takes.
func (n *node) longRecords() int {
	if !n.long {
		return 0
	}
	return (len(n.name) + longUnits - 1) / longUnits
}

// directory returns the folder's records.
func (n *node) directory(parent *node, label string) []byte {
	var b bytes.Buffer
	if n == n.parent {
		b.Write(record(padded(label, 11), attrVolume, 0, 0))
	} else {
		up := parent.cluster
		if parent == parent.parent {
			up = 0 // the root is called so, wherever it lies
		}
		b.Write(record(padded(".", 11), attrDirectory, n.cluster, 0))
		b.Write(record(padded("..", 11), attrDirectory, up, 0))
	}
	for _, c := range n.children {
		for i := c.longRecords(); i > 0; i-- {
			b.Write(c.longRecord(i))
		}
		if c.children != nil {
			b.Write(record(c.short, attrDirectory, c.cluster, 0))
		} else {
			b.Write(record(c.short, attrArchive, c.cluster, uint32(len(c.data))))
		}
	}
	return b.Bytes()
}

// record returns a directory record ("FAT Directory Structure").
func record(short string, attr byte, cluster, size uint32) []byte {
	r := make([]byte, dirRecord)
	le := binary.LittleEndian
	copy(r, short)
	r[11] = attr
	le.PutUint16(r[16:], firstDay) // created
	le.PutUint16(r[18:], firstDay) // accessed
	le.PutUint16(r[20:], uint16(cluster>>16))
	le.PutUint16(r[24:], firstDay) // written
	le.PutUint16(r[26:], uint16(cluster))
	le.PutUint32(r[28:], size)
	return r
}

// longRecord returns part i of the long name, counted from 1; parts stand in the
// folder in falling order ("FAT Long Directory Entries").
func (n *node) longRecord(i int) []byte {
	units := append(utf16.Encode([]rune(n.name)), 0)
	r := make([]byte, dirRecord)
	r[0] = byte(i)
	if i == n.longRecords() {
		r[0] |= 0x40
	}
	r[11] = attrLong
	r[13] = checksum(n.short)
	at := (i - 1) * longUnits
	for j, off := range []int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30} {
		u := uint16(0xffff)
		if at+j < len(units) {
			u = units[at+j]
		}
		binary.LittleEndian.PutUint16(r[off:], u)
	}
	return r
}

// checksum ties long records to their short one.
func checksum(short string) (sum byte) {
	for _, c := range []byte(short) {
		sum = sum>>1 | sum<<7
		sum += c
	}
	return sum
}
