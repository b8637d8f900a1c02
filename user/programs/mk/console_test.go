package main

import (
	"io"
	"slices"
	"strings"
	"testing"

	"atoll/monitor/console"
)

// answers is a console that has one answer for each line, and notes those.
type answers struct {
	lines, answers []string
	now            io.Reader
}

func (a *answers) Write(b []byte) (int, error) {
	a.lines = append(a.lines, string(b))
	a.now, a.answers = strings.NewReader(a.answers[0]), a.answers[1:]
	return len(b), nil
}
func (a *answers) Read(b []byte) (int, error) { return a.now.Read(b) }
func (a *answers) Close() error               { return nil }

// All but the last line of an answer is what a command prints; a script has the first status that
// is not 0, and a line goes on as the answer says.
// Sabotages: in ask, pass the last line on; in script, take the last status.
func TestAsk(t *testing.T) {
	a := &answers{answers: []string{"a\nb\nstatus 0\n", "status 3\n", "c\nstatus 2\n", "g \nstatus 0\n", "\nping  plan\nstatus 0\n", "a\nb\n"}}
	c := &session{a}
	var out strings.Builder
	if status, err := c.script(strings.NewReader("one\ntwo\nthree\n"), &out); status != 3 || err != nil || out.String() != "a\nb\nc\n" {
		t.Errorf("status %d, %v, %q", status, err, out.String())
	}
	if more, list, err := c.complete("pin"); more != "g " || list != "" || err != nil {
		t.Errorf("pin goes on with %q, %q, %v", more, list, err)
	}
	if more, list, err := c.complete("p"); more != "" || list != "ping  plan\n" || err != nil {
		t.Errorf("p goes on with %q, %q, %v", more, list, err)
	}
	if want := []string{"one\n", "two\n", "three\n", "pin\t", "p\t"}; !slices.Equal(a.lines, want) {
		t.Errorf("the console was given %q", a.lines)
	}
	if _, err := c.command("four", io.Discard); err == nil {
		t.Error("an answer without a status is one")
	}
}

// The console reads the words that were given.
// Sabotage: quote no backslash.
func TestQuoted(t *testing.T) {
	words := []string{"skb", "core(C, H, N)", `a"b\`, "", "x;y", `\`, "plain"}
	clauses, err := console.Split(quoted(words))
	if err != nil || len(clauses) != 1 || !slices.Equal(clauses[0].Words, words) {
		t.Errorf("%s is read as %q, %v", quoted(words), clauses, err)
	}
}
