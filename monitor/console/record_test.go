package console

import (
	"encoding/json"
	"strings"
	"testing"
	"time"
)

func TestRecord(t *testing.T) {
	r := NewRecord("ping").Int("from", -1).Uint("n", 1<<64-1).Dur("p99", 1500*time.Nanosecond).Rate("msgs", 12.6).
		Ratio("ratio", 1.154).Str("path", "/soc/a@1").Str("state", "a b\"\n\x1b\xff").Str("none", "")
	want := `@3 ping from=-1 n=18446744073709551615 p99=1500ns msgs=13/s ratio=1.15 path=/soc/a@1 state="a b\"\n\x1b\xff" none=""`
	if got := r.Fact(3); got != want {
		t.Errorf("fact:\n%s\nwant:\n%s", got, want)
	}
	want = `{"event":"ping","by":3,"from":-1,"n":18446744073709551615,"p99_ns":1500,"msgs_per_s":13,"ratio":1.15,` +
		`"path":"/soc/a@1","state":"a b\"\u000a\u001b` + "\ufffd" + `","none":""}`
	if got := r.JSON(3); got != want {
		t.Errorf("JSON:\n%s\nwant:\n%s", got, want)
	}
}

// Any string reads back from JSON, and neither form breaks the line.
func FuzzRecord(f *testing.F) {
	for _, s := range []string{"", "a b", "\"\\/\b\x00\x7f\u2028\xff", "é"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		r := NewRecord("e").Str("s", s)
		var back struct{ S string }
		if err := json.Unmarshal([]byte(r.JSON(0)), &back); err != nil || back.S != strings.ToValidUTF8(s, "\ufffd") && back.S != string([]rune(s)) {
			t.Errorf("%q came back as %q, %v", s, back.S, err)
		}
		if strings.ContainsAny(r.JSON(0)+r.Fact(0), "\n\r\x1b") {
			t.Errorf("control characters in %q", r.Fact(0))
		}
	})
}

func TestUnits(t *testing.T) {
	for n, want := range map[uint64]string{
		0: "0 B", 1023: "1023 B", 1024: "1.0 KiB", 1 << 20: "1.0 MiB", 1<<20 - 1: "1.0 MiB", 175 << 12: "700.0 KiB",
		3 << 29: "1.5 GiB", 1<<64 - 1: "16.0 EiB",
	} {
		if got := size(n); got != want {
			t.Errorf("size(%d) is %q, want %q", n, got, want)
		}
	}
	for d, want := range map[time.Duration]string{
		0: "0 ns", 999: "999 ns", 1000: "1.0 us", 1_234_567: "1.2 ms", 42 * time.Millisecond: "42.0 ms",
		10 * time.Second: "10.0 s", -5: "-5 ns",
	} {
		if got := span(d); got != want {
			t.Errorf("span(%d) is %q, want %q", int64(d), got, want)
		}
	}
	for d, want := range map[time.Duration]string{0: "0s", 1_234_567_890: "1.23s", 59_999 * time.Millisecond: "59s", time.Hour: "1h0m0s"} {
		if got := uptime(d); got != want {
			t.Errorf("uptime(%d) is %q, want %q", int64(d), got, want)
		}
	}
}

func TestTable(t *testing.T) {
	table := NewTable("NAME", "SIZE", "NOTE")
	table.Row("é", "5", "short")
	table.Row("longer", "12345")
	table.Row()
	want := "NAME     SIZE  NOTE\né           5  short\nlonger  12345\n\n"
	if got := table.String(); got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if got := NewTable("A", "B").String(); got != "A  B\n" {
		t.Errorf("an empty table is %q", got)
	}
}

// Lines are as wide as a screen at most, and as full as that permits.
// Sabotages: in columns, write one word a line; do not look at the longest word.
func TestColumns(t *testing.T) {
	var words []string
	for n := range 14 {
		words = append(words, strings.Repeat("x", n))
	}
	want := "               x              xx             xxx            xxxx\n" +
		"xxxxx          xxxxxx         xxxxxxx        xxxxxxxx       xxxxxxxxx\n" +
		"xxxxxxxxxx     xxxxxxxxxxx    xxxxxxxxxxxx   xxxxxxxxxxxxx\n"
	if got := columns(words); got != want {
		t.Errorf("\n%q, want\n%q", got, want)
	}
	if got := columns(nil) + columns([]string{strings.Repeat("y", 90), "z"}); got != strings.Repeat("y", 90)+"\nz\n" {
		t.Errorf("%q", got)
	}
}
