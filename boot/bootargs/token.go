package bootargs

import "strings"

// token is one argument, unquoted and split at its first equals sign.
type token struct {
	key, value string
	hasValue   bool // there was an equals sign
	quoted     bool // some of it stood in double quotes
	unclosed   bool // the last double quote was never closed
	cut        bool // the line was cut off within it, or right behind it
}

// text is the argument as one word again.
func (t token) text() string {
	if t.hasValue {
		return t.key + "=" + t.value
	}
	return t.key
}

// next takes the first argument off a line; ok is false at its end.
func next(line string) (t token, rest string, ok bool) {
	i := 0
	for i < len(line) && blank(line[i]) {
		i++
	}
	if i == len(line) {
		return token{}, "", false
	}
	var b strings.Builder
	inside := false
	for ; i < len(line) && (inside || !blank(line[i])); i++ {
		switch c := line[i]; {
		case c == '"':
			inside = !inside
			t.quoted = true
		case c == '\\' && i+1 < len(line) && (line[i+1] == '"' || line[i+1] == '\\'):
			i++
			b.WriteByte(line[i])
		default:
			b.WriteByte(c)
		}
	}
	t.unclosed = inside
	t.key, t.value, t.hasValue = strings.Cut(b.String(), "=")
	return t, line[i:], true
}

// blank reports whether a byte separates arguments. NUL does, since a
// device-tree string ends with one.
func blank(c byte) bool { return c <= ' ' }
