package console

import (
	"fmt"
	"strings"
)

// Clause is one command of a line: its words, and the text it was typed as.
type Clause struct {
	Text  string
	Words []string
}

// Split cuts a line into commands and those into words. A semicolon outside
// double quotes separates commands, blanks outside them separate words. A
// backslash makes a following double quote or backslash literal and is itself
// before anything else. Empty commands are left out. A quote that is never
// closed is an error, and no command of the line counts.
func Split(line string) ([]Clause, error) {
	s := splitter{line: line}
	for i := 0; i < len(line); i++ {
		switch c := line[i]; {
		case c == '"':
			s.inside, s.started, s.quote = !s.inside, true, i
		case c == '\\' && i+1 < len(line) && (line[i+1] == '"' || line[i+1] == '\\'):
			i++
			s.add(line[i])
		case !s.inside && c == ';':
			s.endClause(i)
		case !s.inside && c <= ' ':
			s.endWord()
		default:
			s.add(c)
		}
	}
	if s.inside {
		return nil, fmt.Errorf("the double quote at column %d is never closed", s.quote+1)
	}
	s.endClause(len(line))
	return s.clauses, nil
}

// splitter is the state of Split.
type splitter struct {
	line    string
	clauses []Clause
	begin   int // where the current command begins in line
	words   []string
	word    []byte
	started bool // the current word exists, though it may be empty
	inside  bool // between double quotes
	quote   int  // where the last double quote stands
}

func (s *splitter) add(c byte) {
	s.word = append(s.word, c)
	s.started = true
}

func (s *splitter) endWord() {
	if s.started {
		s.words = append(s.words, string(s.word))
		s.word, s.started = s.word[:0], false
	}
}

func (s *splitter) endClause(at int) {
	s.endWord()
	if len(s.words) > 0 {
		s.clauses = append(s.clauses, Clause{Text: strings.TrimSpace(s.line[s.begin:at]), Words: s.words})
	}
	s.words, s.begin = nil, at+1
}
