package qemu

import (
	"regexp"
	"strings"
)

// Expect waits until a complete line of the console matches the pattern, and
// returns the match and its groups. ^ and $ stand for the ends of a line. Each line
// serves one Expect only: the next one looks behind it.
func (g *Guest) Expect(pattern string) []string {
	g.t.Helper()
	return g.expect(pattern, true)
}

// ExpectText is Expect for text that no newline ends, such as a prompt: the next
// Expect looks behind the match.
func (g *Guest) ExpectText(pattern string) []string {
	g.t.Helper()
	return g.expect(pattern, false)
}

// Await waits until any complete line of the console matches the pattern, as one may have done
// already. The next Expect looks where it would have.
func (g *Guest) Await(pattern string) []string {
	g.t.Helper()
	defer func(read int) { g.console.read = read }(g.console.read)
	g.console.read = 0
	return g.expect(pattern, true)
}

func (g *Guest) expect(pattern string, lines bool) []string {
	g.t.Helper()
	re := regexp.MustCompile("(?m)" + pattern)
	for {
		text, state, changed := g.console.state()
		rest := text[g.console.read:]
		if lines {
			rest = rest[:strings.LastIndexByte(rest, '\n')+1]
		}
		if m := re.FindStringSubmatchIndex(rest); m != nil {
			end := m[1]
			if lines && !strings.HasSuffix(rest[:end], "\n") {
				end += strings.IndexByte(rest[end:], '\n') + 1
			}
			g.console.read += end
			return groups(rest, m)
		}
		switch state {
		case ended:
			g.t.Fatalf("QEMU ended, and nothing on the console matched %q", pattern)
		case expired:
			g.t.Fatalf("within %v nothing on the console matched %q", g.limit, pattern)
		}
		<-changed
	}
}

// groups cuts the match and its groups out of the text; a group that took no part
// is empty.
func groups(text string, m []int) []string {
	out := make([]string, 0, len(m)/2)
	for i := 0; i < len(m); i += 2 {
		if m[i] < 0 {
			out = append(out, "")
			continue
		}
		out = append(out, text[m[i]:m[i+1]])
	}
	return out
}
