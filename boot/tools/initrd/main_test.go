package main

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/user/archive"
)

// pack makes an archive.
func pack(t *testing.T, records ...cpio.Record) []byte {
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	for _, r := range records {
		r.MTime, r.UID = 77, 5
		if err := w.WriteRecord(r); err != nil {
			t.Fatal(err)
		}
	}
	cpio.WriteTrailer(w)
	return b.Bytes()
}

// The archives are one, without what differs between hosts.
// Sabotage: in merge, leave out MakeReproducible.
func TestMerge(t *testing.T) {
	first := pack(t, cpio.Directory("bin", 0o755), cpio.StaticFile("bin/x", "first", 0o755), cpio.Symlink("bin/y", "x"))
	second := pack(t, cpio.StaticFile("hello", "hello", 0o755), cpio.StaticFile("bin/x", "second", 0o755))
	b, err := merge(first, second)
	if err != nil {
		t.Fatal(err)
	}
	records, err := archive.Records(b)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := range records {
		if !strings.HasPrefix(r.Path, "etc") {
			got = append(got, r.Path+"="+string(r.Data))
		}
		if r.Mtime != 0 {
			t.Errorf("%s has a time", r.Path)
		}
	}
	if want := []string{"bin=", "bin/x=first", "bin/y=x", "hello=hello"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
