package linux

import (
	"strings"
	"testing"
)

// What is traced is chosen by the beginnings of names, and by threads.
// Sabotages: in has, leave out the ids, or the calls; in tracedOf, take whole names only.
func TestTraced(t *testing.T) {
	number := func(name string) uint64 {
		for n := range calls {
			if calls[n].name == name {
				return uint64(n)
			}
		}
		t.Fatalf("there is no call %s", name)
		return 0
	}
	for which, want := range map[string]string{
		"":             "1openat 1readlinkat 1write 2openat 2readlinkat 2write",
		"open,read":    "1openat 1readlinkat 2openat 2readlinkat",
		"2":            "2openat 2readlinkat 2write",
		"write,2,open": "2openat 2write",
	} {
		c, err := tracedOf(which)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, id := range []uint64{1, 2} {
			for _, name := range []string{"openat", "readlinkat", "write"} {
				if c.has(id, number(name)) {
					got = append(got, string(rune('0'+id))+name)
				}
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%q: %v are traced, want %s", which, got, want)
		}
	}
	for _, which := range []string{"opn", "open,", "read,readv"} {
		if _, err := tracedOf(which); err == nil {
			t.Errorf("%q chooses something", which)
		}
	}
}
