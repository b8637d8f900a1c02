package archive

import (
	"bytes"
	"fmt"
	"slices"
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

func TestRecords(t *testing.T) {
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	for _, r := range []cpio.Record{
		cpio.Directory("bin", 0o755), cpio.StaticFile("bin/true", "this is bin/true", 0o755),
		cpio.Symlink("yes", "bin/true"), cpio.StaticFile("empty", "", 0o600),
	} {
		r.MTime = 77
		if err := w.WriteRecord(r); err != nil {
			t.Fatal(err)
		}
	}
	cpio.WriteTrailer(w)
	records, err := Records(b.Bytes())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := range records {
		got = append(got, fmt.Sprintf("%s %o %d %q", r.Path, r.Mode, r.Mtime, r.Data))
	}
	want := []string{`bin 40755 77 ""`, `bin/true 100755 77 "this is bin/true"`, `yes 120777 77 "bin/true"`, `empty 100600 77 ""`}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

// What is no archive is refused with a sentence.
// Sabotage: in record, do not look at the name's size, the path's, or at the file's.
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
		{pack(t, strings.Repeat("x", maxName)), "more than 255 bytes"},
		{pack(t, "\x00x"), "no name"},
		{change(sizeAt, "FFFFFFFF"), "has 4294967295 bytes"},
		{change(sizeAt, "xxxxxxxx"), "the header at 0"},
	} {
		if _, err := Records(c.data); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want %q in it", err, c.want)
		}
	}
}

// No bytes make Records panic or take much memory, and what it returns lies in the archive
// and is what another reader finds there. Sabotage: leave out check.
func FuzzRecords(f *testing.F) {
	f.Add(pack(f, "hello", "bin/true"))
	f.Add([]byte(magic + strings.Repeat("F", 8*numbers)))
	f.Fuzz(func(t *testing.T, data []byte) {
		records, err := Records(data)
		if err != nil {
			return
		}
		var other []cpio.Record
		cpio.ForEachRecord(cpio.Newc.Reader(bytes.NewReader(data)), func(r cpio.Record) error {
			other = append(other, r)
			return nil
		})
		n := 0
		for r := range records {
			if len(other) == n {
				break // that one has given up
			}
			if o := other[n]; uint64(r.Mode) != o.Mode || uint64(len(r.Data)) != o.FileSize {
				t.Errorf("%q has mode %o and %d bytes, and is read as %v elsewhere", r.Path, r.Mode, len(r.Data), o)
			}
			n++
		}
	})
}
