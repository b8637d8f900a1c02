package linux

import (
	"strings"
	"testing"
)

// Calls that wait for many files wait for so many in all, or fail; who is woken waits for none.
// Sabotages: in blockFor, do not look how many there are; in leave, do not count down.
func TestWaits(t *testing.T) {
	w := newWorld(t)
	const fds, span, polls, n = scratch, scratch + 64, scratch + 0x1000, mostWaits/4 - 24
	w.put(span, 0, 1_000_000)
	for i := range uint64(n) {
		w.put(polls+8*i, 3|1<<32) // descriptor 3, to read
	}
	s := script{1: {
		do(nrPipe2, fds, 0),
		see(t, "pipe2", 0, do(nrClone, threadFlags, scratch+0x2000)),
		do(nrClone, threadFlags, scratch+0x2000),
		do(nrClone, threadFlags, scratch+0x2000),
		do(nrClone, threadFlags, scratch+0x2000),
		do(nrClone, threadFlags, scratch+0x2000),
		do(nrNanosleep, span),
		see(t, "nanosleep", 0, do(nrWrite, 4, polls, 1)),
		see(t, "write", 1, do(nrNanosleep, span)),
		see(t, "nanosleep", 0, do(nrExitGroup, 0)),
	}}
	answers := map[uint64]int{}
	answer := func(th *thread) bool {
		answers[th.X[regA0]]++
		return th.set(nrExit, 0)
	}
	for id := range uint64(5) {
		s[2+id] = []func(*thread) bool{do(nrPpoll, polls, n, 0), answer}
	}
	w.redo = true
	w.start(s.next)
	w.finish(t, s, 0)
	if answers[n] != 4 || answers[noMem.result()] != 1 || w.s.waits != 0 {
		t.Errorf("polls of %d files answered %v, and %d wait in the end", n, answers, w.s.waits)
	}
}

// Of the arguments the kernel's heap keeps a page. Sabotage: in show, write all.
func TestCommandLine(t *testing.T) {
	for _, c := range []struct {
		argv []string
		want string
	}{
		{nil, ""},
		{[]string{"a", "", "bc"}, "a\x00\x00bc\x00"},
		{[]string{"a", strings.Repeat("b", 5000), "c"}, "a\x00" + strings.Repeat("b", 4094)},
		{[]string{strings.Repeat("b", 4095), "c"}, strings.Repeat("b", 4095) + "\x00"},
	} {
		var a arguments
		for _, s := range c.argv {
			a.show(s)
		}
		if got := string(a.shown); got != c.want {
			t.Errorf("%.20q has %d bytes, want %d: %.20q", c.argv, len(got), len(c.want), got)
		}
	}
}
