package skb

import "fmt"

// Every name that the engine reads it keeps for ever, in a table of the whole
// process. So names in goals are counted: those of the facts and the policies are
// known, others are learned up to a bound.
const (
	maxWords    = 2048
	maxWordSize = 64
)

// words are the names that goals have brought.
type words map[string]struct{}

// learn notes the names of a text, or says why the goal is not read at all.
func (w words) learn(text string) error {
	for len(text) > 0 {
		n := wordEnd(text)
		word := text[:n]
		text = text[n:]
		if n == 1 {
			continue // the engine does not keep single characters
		}
		if n > maxWordSize {
			return fmt.Errorf("a name is longer than %d bytes: %.20s...", maxWordSize, word)
		}
		if _, known := w[word]; known {
			continue
		}
		if len(w) == maxWords {
			return fmt.Errorf("there is no room for another name: goals have brought %d already", maxWords)
		}
		w[word] = struct{}{}
	}
	return nil
}

// wordEnd returns the length of the longest run at the beginning of a text that the
// engine may take for one name.
func wordEnd(text string) int {
	class := classOf(text[0])
	n := 1
	if class == quoteClass {
		for n < len(text) {
			if text[n] == text[0] {
				if n+1 == len(text) || text[n+1] != text[0] {
					return n + 1
				}
				n++
			} else if text[n] == '\\' && n+1 < len(text) {
				n++
			}
			n++
		}
		return len(text)
	}
	for class != otherClass && n < len(text) && classOf(text[n]) == class {
		n++
	}
	return n
}

const (
	otherClass = iota
	letterClass
	symbolClass
	quoteClass
)

func classOf(c byte) int {
	switch {
	case c == '_', c >= '0' && c <= '9', c >= 'a' && c <= 'z', c >= 'A' && c <= 'Z', c >= 0x80:
		return letterClass
	case c == '\'', c == '"', c == '`':
		return quoteClass
	case c < ' ' || c == ' ' || c == '(' || c == ')' || c == '[' || c == ']' || c == '{' || c == '}' || c == ',' || c == '|':
		return otherClass
	}
	return symbolClass
}
