package message

import (
	"fmt"
	"strings"
	"unicode"
)

// The first word of a fragment: the id, above it how many bytes there are, and flags.
const (
	flagLast   = 1 << 63 // nothing follows
	flagFailed = 1 << 62 // the bytes are the sentence of an error
	countMask  = 0xff
)

// Refusal is the error that another core has answered with: a sentence.
type Refusal string

func (r Refusal) Error() string { return string(r) }

// fragment is how many bytes one carries. All but the last carry as many.
const fragment = Size - 8

// Fragments cuts an answer into messages.
type Fragments struct {
	head uint64
	rest []byte
	done bool
}

// Cut begins to cut an answer with an id, which must not change until it is cut.
func Cut(id uint32, data []byte) Fragments { return Fragments{head: uint64(id), rest: data} }

// CutError is the same for the sentence of an error.
func CutError(id uint32, err error) Fragments {
	text := err.Error()
	return Fragments{head: uint64(id) | flagFailed, rest: []byte(text[:min(len(text), MaxSentence)])}
}

// Next writes the next fragment. It answers false when there is none.
func (f *Fragments) Next(w *[Words]uint64) bool {
	if f.done {
		return false
	}
	*w = [Words]uint64{}
	n := copy(text(w)[:], f.rest)
	f.rest = f.rest[n:]
	f.done = len(f.rest) == 0
	w[0] = f.head | uint64(n)<<32
	if f.done {
		w[0] |= flagLast
	}
	return true
}

// Assembly puts the fragments of one answer together. They are input.
type Assembly struct {
	Most   int // bytes that it may have
	data   []byte
	failed bool // it is an error's sentence
}

// Take takes the next fragment. It answers true when the answer is whole, or cannot be
// one: err is then the Refusal that the other end tells of, or says what is wrong.
func (a *Assembly) Take(w *[Words]uint64) (whole bool, err error) {
	head := w[0]
	n := int(head >> 32 & countMask)
	last, failed := head&flagLast != 0, head&flagFailed != 0
	most := a.Most
	if failed {
		most = MaxSentence
	}
	switch {
	case n > fragment, !last && n < fragment, len(a.data) > 0 && failed != a.failed:
		return true, ErrShape
	case len(a.data)+n > most:
		return true, fmt.Errorf("an answer has more than %d bytes", most)
	}
	a.failed = failed
	a.data = append(a.data, text(w)[:n]...)
	if last && failed {
		err = Refusal(sentence(a.data))
	}
	return last, err
}

// Bytes returns what has been put together.
func (a *Assembly) Bytes() []byte { return a.data }

// sentence makes text of what a peer has sent, which nothing but letters comes out of.
func sentence(b []byte) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(string(b), "?"))
}
