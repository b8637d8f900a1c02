package console

import (
	"io"
	"strings"
)

// Keys that x/term would take for the end of the input are given to
// Console.key as these control characters, which no one can type: keys drops
// them from the line.
const (
	keyCancel = 0x1c // Ctrl-C
	keyLeave  = 0x1d // Ctrl-D
)

// ctrlC is what the key sends.
const ctrlC = 3

// keys reads a serial line for x/term. It passes on keys that x/term has a
// meaning for, in the form in which it knows them, and nothing else: x/term
// stalls on an endless escape sequence or rune, and takes Ctrl-C and Ctrl-D for
// the end of the input without consuming them.
type keys struct {
	r       io.Reader
	raw     [256]byte
	err     error  // from r, to be returned when ready is empty
	ready   []byte // keys not yet read
	state   int
	params  []byte // of the escape sequence being read
	afterCR bool   // a line feed would belong to the carriage return before
	typed   int    // characters of this line passed on
}

// States of keys.
const (
	plain    = iota
	escape   // after ESC
	sequence // after ESC [
	single   // after ESC O
)

// maxTyped bounds what is typed in one line, in characters: x/term copies the whole line
// for each, and before the end of a flood it hears no Ctrl-C.
const maxTyped = 1024

// maxParams bounds an escape sequence; keyboards send at most five bytes.
const maxParams = 8

func newKeys(r io.Reader) *keys { return &keys{r: r} }

// Read returns at least one key, unless the line fails or ends.
func (k *keys) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for len(k.ready) == 0 {
		if k.err != nil {
			return 0, k.err
		}
		n, err := k.r.Read(k.raw[:])
		k.err = err
		for _, c := range k.raw[:n] {
			k.take(c)
		}
	}
	n := copy(p, k.ready)
	k.ready = append(k.ready[:0], k.ready[n:]...)
	return n, nil
}

// take adds one byte of the line.
func (k *keys) take(c byte) {
	switch {
	case c < ' ' || c == 0x7f:
		k.state = plain // ends any sequence
		k.control(c)
	case k.state == plain:
		if c < 0x80 && k.typed < maxTyped {
			k.typed++
			k.emit(string(c))
		}
		k.afterCR = false
	case k.state == escape && c == '[':
		k.state, k.params = sequence, k.params[:0]
	case k.state == escape && c == 'O':
		k.state = single
	case k.state == sequence && c < '@':
		if len(k.params) < maxParams {
			k.params = append(k.params, c)
		}
	case k.state == escape:
		k.state = plain
	default:
		k.sequence(c)
		k.state = plain
	}
}

// control passes on a control character that does something.
func (k *keys) control(c byte) {
	wasCR := k.afterCR
	k.afterCR = c == '\r'
	switch c {
	case '\r', '\n', ctrlC, 0x15: // a line begins; the last kills it, if not all
		k.typed = 0
	case '\b', 0x7f:
		k.typed = max(0, k.typed-1)
	}
	switch c {
	case '\n':
		if !wasCR {
			k.emit("\r")
		}
	case 0x1b:
		k.state = escape
	case ctrlC:
		k.emit(string([]byte{keyCancel, '\r'}))
	case 4:
		k.emit(string([]byte{keyLeave}))
	default:
		// Those of x/term: start, left, end, right, erase, tab, kill the rest,
		// clear, enter, down, up, transpose, kill, kill word, erase.
		if strings.IndexByte("\x01\x02\x05\x06\x08\t\x0b\x0c\r\x0e\x10\x14\x15\x17\x7f", c) >= 0 {
			k.emit(string(c))
		}
	}
}

// sequence passes on the key whose escape sequence ends with c.
func (k *keys) sequence(c byte) {
	params := string(k.params)
	if k.state == single {
		params = ""
	}
	switch {
	case params == "" && strings.IndexByte("ABCDHF", c) >= 0:
		k.emit("\x1b[" + string(c))
	case c == '~' && (params == "1" || params == "7"):
		k.emit("\x1b[H")
	case c == '~' && (params == "4" || params == "8"):
		k.emit("\x1b[F")
	case c == '~' && params == "3":
		k.emit("\x1b[3~")
	case (c == 'C' || c == 'D') && (params == "1;3" || params == "1;5"): // Alt, Ctrl
		k.emit("\x1b[1;3" + string(c))
	}
}

func (k *keys) emit(s string) { k.ready = append(k.ready, s...) }
