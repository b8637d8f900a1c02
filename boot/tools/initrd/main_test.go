package main

import (
	"bytes"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/user/archive"
)

// At least forty commands are pinned, with a shell.
func TestList(t *testing.T) {
	source, err := os.ReadFile("../../../" + list)
	if err != nil {
		t.Fatal(err)
	}
	all, err := choose(string(source), nil)
	if err != nil || len(all) < 40 || !slices.Contains(all, "github.com/u-root/u-root/cmds/core/gosh") {
		t.Errorf("%d commands, %v", len(all), err)
	}
	some, err := choose(string(source), []string{"ls", "cat"})
	if err != nil || strings.Join(some, " ") != "github.com/u-root/u-root/cmds/core/ls github.com/u-root/u-root/cmds/core/cat" {
		t.Error(some, err)
	}
	if _, err := choose(string(source), []string{"nothing"}); err == nil {
		t.Error("a command is chosen that is not pinned")
	}
}

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
