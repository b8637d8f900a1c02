package archive

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"
)

// pack makes an archive of files.
func pack(t testing.TB, names ...string) []byte {
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	for _, n := range names {
		if err := w.WriteRecord(cpio.StaticFile(n, "this is "+n, 0o755)); err != nil {
			t.Fatal(err)
		}
	}
	if err := cpio.WriteTrailer(w); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestOpen(t *testing.T) {
	a, err := Open(pack(t, "bin/true", "hello"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, f := range a.Files() {
		text, err := io.ReadAll(io.NewSectionReader(f, 0, int64(f.Size)))
		names = append(names, f.Name+": "+string(text))
		if err != nil {
			t.Error(err)
		}
	}
	if got := fmt.Sprint(names); got != "[hello: this is hello true: this is bin/true]" {
		t.Error(got)
	}
	if _, err := a.Find("true"); err != nil {
		t.Error(err)
	}
	if _, err := a.Find("false"); err == nil || err.Error() != `there is no program "false"; see programs` {
		t.Error(err)
	}
}

// What is no archive is refused with a sentence.
// Sabotage: in check, do not look at the name's size, or at the file's.
func TestRefused(t *testing.T) {
	whole := pack(t, "hello")
	change := func(index int, digits string) []byte {
		b := bytes.Clone(whole)
		copy(b[len(magic)+8*index:], digits)
		return b
	}
	for _, c := range []struct {
		data []byte
		want string
	}{
		{nil, "no archive"},
		{[]byte("\x7fELF"), "no cpio archive"},
		{whole[:headerSize], "no name"},
		{whole[:round(headerSize+6)], "has 13 bytes"},
		{whole[:round(headerSize+6)+round(13)], "where a file should begin"},
		{change(nameAt, "FFFFFFFF"), "no name"},
		{change(nameAt, "00000001"), "no name"},
		{change(sizeAt, "FFFFFFFF"), "has 4294967295 bytes"},
		{change(sizeAt, "xxxxxxxx"), "the header at 0"},
	} {
		if _, err := Open(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q in it", err, c.want)
		}
	}
}

// No bytes make Open panic or take much memory, and what it returns lies in the archive.
// Sabotage: leave out check.
func FuzzOpen(f *testing.F) {
	f.Add(pack(f, "hello", "bin/true"))
	f.Add([]byte(magic + strings.Repeat("F", 8*numbers)))
	f.Fuzz(func(t *testing.T, data []byte) {
		a, err := Open(data)
		if err != nil {
			return
		}
		for _, file := range a.Files() {
			b := make([]byte, file.Size)
			if _, err := file.ReadAt(b, 0); err != nil && err != io.EOF {
				t.Errorf("%q, of %d bytes: %v", file.Name, file.Size, err)
			}
		}
	})
}
