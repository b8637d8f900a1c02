package qemu

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Fact is a line of the console contract: `@<core> <event> key=value ...`.
type Fact struct {
	Core   int
	Event  string
	Values map[string]string
}

var (
	factLine = regexp.MustCompile(`^@(\d+) ([a-z][a-z0-9-]*)((?: [a-z][\w-]*=(?:"(?:[^"\\]|\\.)*"|\S*))*)$`)
	keyValue = regexp.MustCompile(` ([a-z][\w-]*)=("(?:[^"\\]|\\.)*"|\S*)`)
)

// ParseFact reads a line; ok is false for free text.
func ParseFact(line string) (f Fact, ok bool) {
	m := factLine.FindStringSubmatch(line)
	if m == nil {
		return Fact{}, false
	}
	core, err := strconv.Atoi(m[1])
	if err != nil {
		return Fact{}, false
	}
	f = Fact{Core: core, Event: m[2], Values: map[string]string{}}
	for _, kv := range keyValue.FindAllStringSubmatch(m[3], -1) {
		value := kv[2]
		if unquoted, err := strconv.Unquote(value); err == nil && strings.HasPrefix(value, `"`) {
			value = unquoted
		}
		f.Values[kv[1]] = value
	}
	return f, true
}

// Facts returns the facts of a console with this event, in their order; event "" is
// all of them.
func Facts(console, event string) []Fact {
	var facts []Fact
	for line := range strings.Lines(console) {
		if f, ok := ParseFact(strings.TrimRight(line, "\n")); ok && (event == "" || f.Event == event) {
			facts = append(facts, f)
		}
	}
	return facts
}

// Span returns a value as a span of time, or -1 if it is none.
func (f Fact) Span(key string) time.Duration {
	d, err := time.ParseDuration(f.Values[key])
	if err != nil {
		return -1
	}
	return d
}

// Int returns a value as a number, or -1 if it is none.
func (f Fact) Int(key string) int {
	n, err := strconv.ParseInt(f.Values[key], 0, 64)
	if err != nil {
		return -1
	}
	return int(n)
}
