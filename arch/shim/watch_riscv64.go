package shim

import (
	"unsafe"

	"atoll/arch/layout"
)

// A core that seems to hang is asked by an inter-processor interrupt, whose
// handler answers without the runtime: it copies the asker's word to its own line
// in their pair frame. So the asker learns that the hart still takes interrupts
// although its event loop does not move; then it may ask it to end. Each word has
// one writer, and what a peer writes is only ever compared and copied.

// maxWatch is the number of peers.
const maxWatch = 63

// watched is the pair of words for one peer.
type watched struct {
	theirs uintptr // address of the peer's word: incarnation<<32 | number<<1 | kill
	mine   uintptr // address of our answer
	seen   uintptr // last word answered
	life   uintptr // address of a word of the peer's with its incarnation in the high half
	echo   uintptr // address of the word in which the peer marks its end
	hart   uint64
	lower  uintptr // 1: its core number is lower than ours
}

type watchList struct {
	n   uintptr
	all uintptr // other cores that there are; fewer may be in the list
	w   [maxWatch]watched
}

// add takes a peer's words into the list.
func (l *watchList) add(p *Peer) uintptr {
	theirs := uintptr(unsafe.Pointer(p.Ask))
	for i := uintptr(0); i < l.n; i++ {
		if l.w[i].theirs == theirs {
			return 0
		}
	}
	if l.n == maxWatch {
		return errno(enomem)
	}
	w := &l.w[l.n]
	w.theirs, w.mine, w.seen = theirs, uintptr(unsafe.Pointer(p.Answer)), load(theirs)
	w.life, w.echo = uintptr(unsafe.Pointer(p.Life)), uintptr(unsafe.Pointer(p.Mark))
	w.hart, w.lower = p.Hart, 0
	if p.Lower {
		w.lower = 1
	}
	l.all = uintptr(p.All)
	l.n++
	return 0
}

// answer looks at the words of all peers, answers those that are new, and ends
// this instance if one of them asks for it. Runs at every software interrupt.
func (c *core) answer() {
	for i := uintptr(0); i < c.watch.n; i++ {
		w := &c.watch.w[i]
		word := load(w.theirs)
		if word == w.seen {
			continue
		}
		w.seen = word
		store(w.mine, word)
		if word&1 != 0 && uint64(word>>32) == c.incarnation {
			c.fatal(layout.CauseKilled, 0)
		}
	}
}

// mark tells all peers that this incarnation ends.
func (l *watchList) mark(incarnation uint64) {
	for i := uintptr(0); i < l.n; i++ {
		store(l.w[i].mine, uintptr(incarnation<<32|layout.DeadMark))
	}
}
