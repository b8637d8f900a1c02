package console

import (
	"fmt"
	"strings"
	"testing"
)

func TestSplit(t *testing.T) {
	for line, want := range map[string]string{
		"":                         "",
		"  \t ; ;; ":               "",
		"cores; audit; ping 0 15":  "{cores: cores} {audit: audit} {ping 0 15: ping 0 15}",
		"a;b":                      "{a: a} {b: b}",
		` echo  "a; b"  c ;d`:      `{echo  "a; b"  c: echo a; b c} {d: d}`,
		`echo "" x`:                `{echo "" x: echo  x}`,
		`echo a"b c"d`:             `{echo a"b c"d: echo ab cd}`,
		`echo \"a \\ \n \`:         `{echo \"a \\ \n \: echo "a \ \n \}`,
		`echo "say \"a;b\" \\"; c`: `{echo "say \"a;b\" \\": echo say "a;b" \} {c: c}`,
		`a\;b`:                     `{a\: a\} {b: b}`,
		"echo a\nb\tc":             "{echo a\nb\tc: echo a b c}",
		"echo é\xff":               "{echo é\xff: echo é\xff}",
	} {
		clauses, err := Split(line)
		var got []string
		for _, cl := range clauses {
			got = append(got, fmt.Sprintf("{%s: %s}", cl.Text, strings.Join(cl.Words, " ")))
		}
		if err != nil || strings.Join(got, " ") != want {
			t.Errorf("%q: got %s, %v; want %s", line, strings.Join(got, " "), err, want)
		}
	}
	for line, column := range map[string]int{`"`: 1, `a "b`: 3, `a "b" "c; d`: 7, `a "b\"`: 3} {
		want := fmt.Sprintf("the double quote at column %d is never closed", column)
		if clauses, err := Split(line); err == nil || err.Error() != want || clauses != nil {
			t.Errorf("%q: got %v, %v; want %s", line, clauses, err, want)
		}
	}
}

// What Split makes of a line it makes again of the words written with quotes.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", `run "a; b" \" \\ ;x`, `"`, "a\x00b", `"" ""`} {
		f.Add(s)
	}
	escape := strings.NewReplacer(`\`, `\\`, `"`, `\"`)
	f.Fuzz(func(t *testing.T, line string) {
		clauses, err := Split(line)
		if err != nil {
			return
		}
		for _, cl := range clauses {
			if len(cl.Words) == 0 {
				t.Fatalf("a command without words: %q", clauses)
			}
			var again string
			for _, w := range cl.Words {
				again += `"` + escape.Replace(w) + `" `
			}
			if back, err := Split(again); err != nil || len(back) != 1 || fmt.Sprintf("%q", back[0].Words) != fmt.Sprintf("%q", cl.Words) {
				t.Errorf("%q became %q, %v; want %q", again, back, err, cl.Words)
			}
			if !strings.Contains(line, cl.Text) {
				t.Errorf("text %q is not in the line", cl.Text)
			}
		}
	})
}
