package skb

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// maxBefore is how much of a goal a sentence shows before what is wrong, in runes.
const maxBefore = 20

// syntaxSentence says what is wrong with a goal's text, of which so much was read. The
// engine's error names the token as kind(text).
func syntaxSentence(err error, text, read string) error {
	kind, token, ok := strings.Cut(strings.TrimPrefix(err.Error(), "unexpected token: "), "(")
	token = strings.TrimSuffix(token, ")")
	at := strings.LastIndex(read, token)
	switch {
	case errors.Is(err, io.EOF), kind == "invalid" && len(read) == len(text), kind == "end" && strings.TrimSpace(text[at+1:]) == "":
		return errors.New("syntax: the goal ends too early: a bracket or a quote is not closed, or a value is missing")
	case !ok || token == "" || at < 0:
		return fmt.Errorf("syntax: the goal cannot be read behind %q", last(read, maxBefore))
	case strings.TrimSpace(read[:at]) == "":
		return fmt.Errorf("syntax: no goal begins with %q", token)
	}
	return fmt.Errorf("syntax: %q at column %d does not fit behind %q", token, utf8.RuneCountInString(read[:at])+1, last(strings.TrimSpace(read[:at]), maxBefore))
}

// last returns so many runes of the end of a text.
func last(text string, most int) string {
	r := []rune(text)
	return string(r[max(0, len(r)-most):])
}
