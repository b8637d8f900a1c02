package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	dir := t.TempDir()
	tail := strings.Repeat(" 0", 9) + " 6150" + strings.Repeat(" 0", 24) + " 3" + strings.Repeat(" 0", 13)
	for pid, stat := range map[string]string{"12": "12 (a (b) c) S 7" + tail, "7": "7 (sh) R 1" + tail, "self": "x"} {
		os.Mkdir(filepath.Join(dir, pid), 0o755)
		os.WriteFile(filepath.Join(dir, pid, "stat"), []byte(stat+"\n"), 0o644)
	}
	os.WriteFile(filepath.Join(dir, "12", "cmdline"), []byte("a\x00b\x00"), 0o644)
	list, err := read(dir)
	if err != nil || len(list) != 2 {
		t.Fatalf("%v, %v", list, err)
	}
	if want := (process{12, 7, 3, 6150, "S", "a (b) c", "a b"}); list[1] != want || list[0].pid != 7 {
		t.Errorf("%+v, want %+v second", list, want)
	}
	if got := clock(6150); got != "1:01.50" {
		t.Errorf("61.5 s are %s", got)
	}
	for _, bad := range []string{"", "1 (x", "1 (x) S", "x (x) S 1" + tail} {
		if _, err := parse(bad); err == nil {
			t.Errorf("%q is no stat", bad)
		}
	}
}
