package newc

import (
	"strings"
	"testing"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/user/archive"
)

// Files of a page or more begin pages, with names that Linux takes, and an archive gives back what was packed.
// Sabotages: in padded, leave out the header, or the last zero; in Pack, leave out the directory.
func TestPack(t *testing.T) {
	long := "bin/" + strings.Repeat("x", 240)
	for before := 0; before < pageSize+8; before += 4 { // so a page ends at each place in the long name, too
		files := map[string]string{"bin/a": strings.Repeat("a", before), long: strings.Repeat("y", pageSize), "bin/z": "z"}
		records := []cpio.Record{cpio.Directory("bin", 0o755)}
		for i, name := range []string{"bin/a", long, "bin/z"} {
			r := cpio.StaticFile(name, files[name], 0o755)
			r.Ino = uint64(i + 1)
			records = append(records, r)
		}
		check(t, records, files)
	}
}

func check(t *testing.T, records []cpio.Record, want map[string]string) {
	t.Helper()
	b, err := Pack(records)
	if err != nil {
		t.Fatal(err)
	}
	list, err := archive.Records(b)
	if err != nil {
		t.Fatal(err)
	}
	files := 0
	for r := range list {
		if r.Path == "bin" {
			continue
		}
		files++
		if data, there := want[r.Path]; !there || data != string(r.Data) {
			t.Fatalf("%q has %d bytes, want %d", r.Path, len(r.Data), len(data))
		}
		if len(r.Data) >= pageSize && r.At%pageSize != 0 {
			t.Errorf("%s begins at %#x", r.Path, r.At)
		}
	}
	again, err := Records(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range again {
		_, there := want[r.Name]
		if r.Name != "bin" && !there {
			t.Errorf("%q is read", r.Name)
		}
		if r.RecLen > headerSize+mostName+3 {
			t.Errorf("the name of %s has %d bytes with the zeros", r.Name, r.RecLen-headerSize)
		}
	}
	if files != len(want) {
		t.Errorf("%d files of %d", files, len(want))
	}
}
