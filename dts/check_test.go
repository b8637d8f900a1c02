package dts

import (
	"encoding/binary"
	"strings"
	"testing"

	"atoll/dts/fdtbuild"
)

// build parses a tree of the builder's.
func build(t *testing.T, tree *fdtbuild.Tree) *Tree {
	t.Helper()
	parsed, err := Parse(tree.Blob())
	if err != nil {
		t.Fatal(err)
	}
	return parsed
}

// patch returns the blob with the word at an offset replaced.
func patch(blob []byte, off int, v uint32) []byte {
	b := append([]byte(nil), blob...)
	binary.BigEndian.PutUint32(b[off:], v)
	return b
}

func TestCheckHeader(t *testing.T) {
	blob := fdtbuild.Virt(1, 256<<20).Blob()
	size, structure := uint32(len(blob)), word(blob, headerOffStruct)
	for _, c := range []struct {
		name string
		blob []byte
		want string
	}{
		{"empty", nil, "less than the header"},
		{"magic", patch(blob, headerMagic, 0xedfe0dd0), "magic"},
		{"old version", patch(blob, headerVersion, 16), "version"},
		{"future version", patch(blob, headerLastCompat, 18), "version"},
		{"size below the header", patch(blob, headerTotalSize, 39), "total size"},
		{"size beyond the limit", patch(blob, headerTotalSize, MaxSize+1), "total size"},
		{"size beyond the blob", patch(blob, headerTotalSize, size+1), "exceeds"},
		{"reserve unaligned", patch(blob, headerOffReserve, 44), "not aligned to 8"},
		{"reserve in header", patch(blob, headerOffReserve, 32), "memory reservation"},
		{"reserve without end", patch(blob, headerOffReserve, size&^7), "no end"},
		{"structure unaligned", patch(blob, headerOffStruct, structure+2), "structure block"},
		{"structure in reserve", patch(blob, headerOffStruct, HeaderSize), "begins before"},
		{"structure outside", patch(blob, headerOffStruct, 0xfffffffc), "outside the blob"},
		{"structure too long", patch(blob, headerSizeOfStruct, 0xfffffff0), "outside the blob"},
		{"structure too short", patch(blob, headerSizeOfStruct, 64), "structure"},
		{"strings outside", patch(blob, headerOffStrings, size+1), "outside the blob"},
		{"strings too long", patch(blob, headerSizeOfStrings, 1<<31), "outside the blob"},
		{"strings too short", patch(blob, headerSizeOfStrings, 3), "strings"},
	} {
		err := Check(c.blob)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
		if _, perr := Parse(c.blob); perr == nil {
			t.Errorf("%s: Parse accepts what Check refuses", c.name)
		}
	}
}

// raw builds a blob around a structure block given as words.
func raw(words ...uint32) []byte {
	blob := fdtbuild.New("x").Blob()
	var s []byte
	for _, w := range words {
		s = binary.BigEndian.AppendUint32(s, w)
	}
	off, names := word(blob, headerOffStruct), blob[word(blob, headerOffStrings):]
	out := append(append(append([]byte(nil), blob[:off]...), s...), names...)
	out = patch(out, headerTotalSize, uint32(len(out)))
	out = patch(out, headerSizeOfStruct, uint32(len(s)))
	return patch(out, headerOffStrings, off+uint32(len(s)))
}

func TestCheckStructure(t *testing.T) {
	const name = 0x61000000 // "a"
	for _, c := range []struct {
		name  string
		words []uint32
		want  string
	}{
		{"empty", nil, "should stand"},
		{"no root", []uint32{tokenEnd}, "no root"},
		{"bad token", []uint32{tokenBeginNode, 0, 7}, "no token"},
		{"end without beginning", []uint32{tokenEndNode}, "no beginning"},
		{"open node", []uint32{tokenBeginNode, 0, tokenEnd}, "nodes open"},
		{"no end token", []uint32{tokenBeginNode, 0, tokenEndNode}, "should stand"},
		{"trailing words", []uint32{tokenBeginNode, 0, tokenEndNode, tokenEnd, tokenNop}, "goes on"},
		{"two roots", []uint32{tokenBeginNode, 0, tokenEndNode, tokenBeginNode, 0}, "second root"},
		{"named root", []uint32{tokenBeginNode, name, tokenEndNode, tokenEnd}, "not empty at the root"},
		{"nameless child", []uint32{tokenBeginNode, 0, tokenBeginNode, 0}, "empty below the root"},
		{"name with a slash", []uint32{tokenBeginNode, 0, tokenBeginNode, 0x612f6100}, "not allowed"},
		{"name with an escape", []uint32{tokenBeginNode, 0, tokenBeginNode, 0x1b5b4800}, "not allowed"},
		{"name without end", []uint32{tokenBeginNode, 0x61616161}, "does not end"},
		{"property outside", []uint32{tokenProp, 0, 0}, "outside every node"},
		{"property cut", []uint32{tokenBeginNode, 0, tokenProp, 0}, "should stand"},
		{"property too long", []uint32{tokenBeginNode, 0, tokenProp, 5, 0, 0}, "leaves the structure"},
		{"property huge", []uint32{tokenBeginNode, 0, tokenProp, 0xffffffff, 0, 0}, "leaves the structure"},
		{"property name outside", []uint32{tokenBeginNode, 0, tokenProp, 0, 0xffff}, "outside the strings"},
	} {
		err := Check(raw(c.words...))
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want an error with %q", c.name, err, c.want)
		}
	}
	good := raw(tokenNop, tokenBeginNode, 0, tokenProp, 0, 0, tokenNop, tokenEndNode, tokenEnd)
	if tree, err := Parse(good); err != nil || !tree.Root.Has("#address-cells") {
		t.Errorf("a tree with empty tokens: %v", err)
	}
}

func TestCheckBounds(t *testing.T) {
	deep := fdtbuild.New("x")
	n := deep.Root
	for range maxDepth - 1 {
		n = n.Add("a")
	}
	if err := Check(deep.Blob()); err != nil {
		t.Errorf("%d levels: %v", maxDepth, err)
	}
	n.Add("a")
	wide, props := fdtbuild.New("x"), fdtbuild.New("x")
	for range maxNodes {
		wide.Root.Add("a")
	}
	for range maxProps/8 + 1 {
		c := props.Root.Add("a")
		for _, name := range []string{"a", "b", "c", "d", "e", "f", "g", "h"} {
			c.Flag(name)
		}
	}
	long, longProp, many, odd := fdtbuild.New("x"), fdtbuild.New("x"), fdtbuild.New("x"), fdtbuild.New("x")
	odd.Root.Flag("a\x1b[H")
	long.Root.Add(strings.Repeat("a", maxName+1))
	longProp.Root.Flag(strings.Repeat("a", maxName+1))
	for range maxReserves {
		many.Reserve = append(many.Reserve, [2]uint64{1, 1})
	}
	for name, tree := range map[string]*fdtbuild.Tree{
		"depth": deep, "nodes": wide, "properties": props, "node name": long, "property name": longProp, "reserves": many, "odd property name": odd,
	} {
		if err := Check(tree.Blob()); err == nil {
			t.Errorf("%s beyond the bound: no error", name)
		}
	}
}

// A blob cut anywhere is refused, and so is one whose header admits the cut.
func TestCheckTruncated(t *testing.T) {
	blob := fdtbuild.Narrow().Blob()
	for n := range len(blob) {
		if Check(blob[:n]) == nil {
			t.Fatalf("cut to %d of %d bytes: no error", n, len(blob))
		}
		if n >= HeaderSize && Check(patch(blob[:n], headerTotalSize, uint32(n))) == nil {
			t.Fatalf("cut to %d of %d bytes with the total size: no error", n, len(blob))
		}
	}
	if err := Check(append(blob, make([]byte, 1<<20)...)); err != nil {
		t.Errorf("padded behind the total size: %v", err)
	}
}

func TestTotalSize(t *testing.T) {
	blob := fdtbuild.Narrow().Blob()
	if n, err := TotalSize(blob[:HeaderSize]); err != nil || n != len(blob) {
		t.Errorf("got %d, %v, want %d", n, err, len(blob))
	}
	if _, err := TotalSize(blob[:HeaderSize-1]); err == nil {
		t.Error("a header cut short: no error")
	}
}
