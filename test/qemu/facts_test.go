package qemu

import (
	"maps"
	"testing"
)

func TestParseFact(t *testing.T) {
	for _, c := range []struct {
		line   string
		core   int
		event  string
		values map[string]string
	}{
		{"@0 ready cores=4", 0, "ready", map[string]string{"cores": "4"}},
		{"@12 up hart=3 mem=16777216 go=go1.26.8", 12, "up", map[string]string{"hart": "3", "mem": "16777216", "go": "go1.26.8"}},
		{"@1 peer-dead core=2", 1, "peer-dead", map[string]string{"core": "2"}},
		{`@0 note text="two words \"here\"" n=1`, 0, "note", map[string]string{"text": `two words "here"`, "n": "1"}},
		{"@0 quiet", 0, "quiet", map[string]string{}},
		{"@0 empty key=", 0, "empty", map[string]string{"key": ""}},
	} {
		f, ok := ParseFact(c.line)
		if !ok || f.Core != c.core || f.Event != c.event || !maps.Equal(f.Values, c.values) {
			t.Errorf("%q: got %+v, %v", c.line, f, ok)
		}
	}
	for _, line := range []string{"", "free text", "@ up", "@x up", "@0", "@0 Up", "@0 up hart", "x@0 up", "@99999999999999999999 up"} {
		if f, ok := ParseFact(line); ok {
			t.Errorf("%q was taken for the fact %+v", line, f)
		}
	}
}

func TestFactsAndInt(t *testing.T) {
	console := "boot\n@0 up hart=2\nnoise @1 up hart=9\n@1 up hart=0x3 name=a\n@0 ready cores=2\n"
	up := Facts(console, "up")
	if len(up) != 2 || up[0].Int("hart") != 2 || up[1].Int("hart") != 3 {
		t.Errorf("up facts: %+v", up)
	}
	if n := up[1].Int("name"); n != -1 {
		t.Errorf("a word became the number %d", n)
	}
	if all := Facts(console, ""); len(all) != 3 {
		t.Errorf("%d facts, want 3", len(all))
	}
}

func TestQuote(t *testing.T) {
	got := Quote([]string{"qemu", "-append", `run="a; b"`, "it's", ""})
	if want := `qemu -append 'run="a; b"' 'it'\''s' ''`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}
