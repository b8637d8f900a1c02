package broadcast

const (
	// Slots is how many messages a page holds.
	Slots = 31
	// Keep is how many of the last ones can be relied on.
	Keep = 16
	// Words is how many words a message has, and Short how many fit into one cache line
	// with the control word.
	Words = 10
	Short = 7
)

// Page is the memory, which begins as zeros.
type Page struct {
	// Round is for raw protocols: a word that the messages do not use.
	Round uint64
	_     [15]uint64
	slots [Slots]slot
}

// slot is a message, in one cache line or two. The control word is its number, and long
// in bit 0.
type slot struct {
	control uint64
	w       [Words]uint64
	_       [5]uint64
}

// long says that the second line counts, too.
const long = 1

// Message is one in the own memory of who writes or reads it.
type Message [Words]uint64
