package console

import (
	"strconv"
	"strings"
)

// screen shows what a VT100 of 80 columns would show: enough of one to see
// whether the edited line survives what is printed above it.
type screen struct {
	lines []string // without trailing blanks
	x, y  int
}

// show plays an output on an endless screen.
func show(out string) *screen {
	s := &screen{}
	for i := 0; i < len(out); {
		if strings.HasPrefix(out[i:], "\x1b[") {
			end := i + 2
			for out[end] < '@' {
				end++
			}
			s.escape(out[i+2:end], out[end])
			i = end + 1
			continue
		}
		s.put(out[i])
		i++
	}
	return s
}

// put shows one byte; only ASCII is edited.
func (s *screen) put(c byte) {
	switch c {
	case '\r':
		s.x = 0
	case '\n':
		s.y++
	default:
		if s.x == 80 {
			s.x, s.y = 0, s.y+1
		}
		line := []byte(s.line(s.y))
		for len(line) <= s.x {
			line = append(line, ' ')
		}
		line[s.x] = c
		s.lines[s.y] = string(line)
		s.x++
	}
}

// escape carries out one control sequence.
func (s *screen) escape(params string, final byte) {
	n, err := strconv.Atoi(params)
	if err != nil {
		n = 1
	}
	switch final {
	case 'A':
		s.y = max(s.y-n, 0)
	case 'B':
		s.y += n
	case 'C':
		s.x = min(s.x+n, 79)
	case 'D':
		s.x = max(s.x-n, 0)
	case 'K':
		if line := s.line(s.y); len(line) > s.x {
			s.lines[s.y] = line[:s.x]
		}
	}
}

// line returns a line, which exists afterwards.
func (s *screen) line(y int) string {
	for len(s.lines) <= y {
		s.lines = append(s.lines, "")
	}
	return s.lines[y]
}

// text is what stands on the screen, with a mark where the cursor is.
func (s *screen) text() string {
	line := s.line(s.y)
	for len(line) < s.x {
		line += " "
	}
	shown := append([]string(nil), s.lines...)
	shown[s.y] = line[:s.x] + "|" + line[s.x:]
	for i := range shown {
		shown[i] = strings.TrimRight(shown[i], " ")
	}
	return strings.Join(shown, "\n")
}
