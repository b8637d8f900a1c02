package route

// Words is how many words of the caller's a multicast carries at most.
const Words = 7

// Ask is what is sent down.
type Ask struct {
	Number uint64 // of the multicast; grows over all lives of the root
	To     Set    // whom the receiver sees to, itself included
	Root   uint8
	Kind   uint8 // what it is about: the caller's
	Len    uint8 // how many of the words count
	W      [Words]uint64
}

// Reply is what is sent up, once for each Ask.
type Reply struct {
	Number  uint64
	Replied Set // of those the ask was for
	Yes     Set // of these
	Root    uint8
}

// FirstNumber is the number that the first multicast of a life of a root has. A life
// can have 2^40 of them.
func FirstNumber(incarnation uint32) uint64 { return uint64(incarnation) << 40 }
