package console

import "strings"

// historySize bounds the lines that are kept.
const historySize = 32

// history keeps the last lines for x/term, without empty, cancelled and
// repeated ones.
type history struct {
	console *Console
	lines   []string // oldest first
}

// Add keeps a line.
func (h *history) Add(line string) {
	if h.console.cancelled || strings.TrimSpace(line) == "" || len(h.lines) > 0 && h.At(0) == line {
		return
	}
	if len(h.lines) == historySize {
		h.lines = append(h.lines[:0], h.lines[1:]...)
	}
	h.lines = append(h.lines, line)
}

// Len is the number of lines kept.
func (h *history) Len() int { return len(h.lines) }

// At returns a line; the latest is number 0. x/term asks only for what is there.
func (h *history) At(i int) string { return h.lines[len(h.lines)-1-i] }
