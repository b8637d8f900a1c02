package monitor

import (
	"encoding/binary"

	"atoll/monitor/ump"
)

// Types of messages. Words not named are 0.
const (
	typeRequest  uint16 = 1 + iota // id | op<<32, up to 6 arguments
	typeAnswer                     // id | words<<32 | flags, up to 6 words
	typeLine                       // bytes | flags, text of the sender's output
	typeUp                         // incarnation: the sender has come up
	typeReady                      // all channels of the sender are linked
	typeAbsent                     // core: did not come up, is left out
	typePing                       // sequence number, time
	typePong                       // the same, sent back
	typeBench                      // mode, rounds: see bench.go
	typeLife                       // core, state, incarnation, cause, owner: see lives.go
	typeProgress                   // next, status: see owner.go
	typeFound                      // core, state, incarnation: what a watch has found
	typeBeat                       // number: see suspect.go
	typeBeatAck                    // the same, sent back
	typeSoak                       // lives, number, their mixture: see soak.go
	typeGrant                      // a message between grant tables: see package grant
	numTypes                       // monitor/trace has the names
)

// Flags of the first word of an answer or a line.
const (
	flagLast  = 1 << 63 // nothing follows
	flagError = 1 << 62 // an answer's words are the text of an error
	flagFirst = 1 << 61 // a line begins

	flagUntraced = 1 << 61 // an answer is a trace, and is not traced itself
)

// payload is how many words of a message carry data behind its first.
const payload = 6

// packText writes up to payload words of text into a message and returns how many
// bytes it took.
func packText(w *[7]uint64, text []byte) int {
	var b [8 * payload]byte
	n := copy(b[:], text)
	for i := range payload {
		w[1+i] = binary.LittleEndian.Uint64(b[8*i:])
	}
	return n
}

// unpackText returns n bytes of a message's text. n comes from the peer.
func unpackText(m *ump.Message, n uint64) []byte {
	var b [8 * payload]byte
	for i := range payload {
		binary.LittleEndian.PutUint64(b[8*i:], m.W[1+i])
	}
	return b[:min(n, uint64(len(b)))]
}
