package threads

// MaxPagers bounds the pagers of a dispatcher.
const MaxPagers = 8

// pager is who makes faults good in a range of addresses.
type pager struct {
	lo, size uint64
	word     uint64
	fault    func(word, cause, addr uint64) bool
}
