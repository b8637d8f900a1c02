package monitor

import (
	"errors"
	"fmt"
	"time"

	"atoll/monitor/binding"
)

// A text goes over a binding as a head, whose last word is its length in bytes, and then
// seven words a message. The types of heads are the service's.

const (
	headWords = 6
	textType  = 0x100 // of the messages behind a head
	textBytes = 56
)

// textHead is what a service says with a text.
type textHead [headWords]uint64

// sendText sends a text, each message within the bound.
func sendText(b *binding.Binding, typ uint16, head textHead, text []byte, bound time.Duration) error {
	var w [headWords + 1]uint64
	copy(w[:], head[:])
	w[headWords] = uint64(len(text))
	err := b.Send(typ, &w, bound)
	for err == nil && len(text) > 0 {
		for i := range w {
			w[i] = 0
			for k := range min(8, max(0, len(text)-8*i)) {
				w[i] |= uint64(text[8*i+k]) << (8 * k)
			}
		}
		text = text[min(textBytes, len(text)):]
		err = b.Send(textType, &w, bound)
	}
	return err
}

// errTorn says that a peer has sent what is no text, or has not gone on with one.
var errTorn = errors.New("a text over a binding broke off")

// recvText receives a text of at most so many bytes: its head within the bound, what is
// behind that within rest for each message. What it returns comes from a peer.
func recvText(b *binding.Binding, most int, bound, rest time.Duration) (typ uint16, head textHead, text []byte, err error) {
	var msg binding.Message
	if err := b.Recv(&msg, bound); err != nil {
		return 0, head, nil, err
	}
	typ, head = msg.Type, textHead(msg.W[:headWords])
	length := msg.W[headWords]
	if typ == textType || length > uint64(most) {
		return 0, head, nil, errTorn
	}
	for uint64(len(text)) < length {
		if err := b.Recv(&msg, rest); err != nil {
			return 0, head, nil, fmt.Errorf("%w: %v", errTorn, err)
		}
		if msg.Type != textType {
			return 0, head, nil, errTorn
		}
		for i := range int(min(textBytes, length-uint64(len(text)))) {
			text = append(text, byte(msg.W[i/8]>>(i%8*8)))
		}
	}
	return typ, head, text, nil
}
