package console

// Messages is what commands can ask about the messages between cores.
type Messages interface {
	// Messages lists all types of messages, in order of their numbers, with what one
	// core has counted of each in this life. Number 0 stands for those that it
	// received and that have no type.
	Messages(core int) ([]MessageCount, error)
}

// MessageCount is a type of message and what a core has counted of it.
type MessageCount struct {
	Number  int
	Name    string
	Kind    string // "one-way", "request" or "answer"; "" for those without a type
	In, Out uint64 // messages received and sent; long answers are several
	Dropped uint64 // those that could not be sent, or that cannot be
}
