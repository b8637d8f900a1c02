package capops

import (
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// model is a store in which each capability is an entry of a list.
type model struct {
	copies  []capability.Cap
	anchors []capability.Cap
	frozen  []capability.Cap
	wipes   []wipe
	asked   []asked // slots for which requests were made
	results []result
	ended   func(number uint32, e abi.Error) // is told of results, if it is not nil
	node    *Node
	wrong   string
}

type wipe struct {
	cap     capability.Cap
	request uint32
	tag     Tag
}

// asked is a request of the core's for a copy, of a retype the object to be made.
type asked struct {
	number uint32
	cap    capability.Cap
	made   capability.Cap
	lost   bool // another's revoke has taken away what it was made with
}

type result struct {
	number uint32
	err    abi.Error
}

// badChannel is one that nobody receives from.
const badChannel = 99

// under reports whether a capability is a copy of another, or made of one.
func under(c, of capability.Cap) bool {
	return same(c, of) || of.Type == capability.RAM && (Range{of.Base, of.Size}).contains(c.Base, c.Size) && !(c.Type == capability.RAM && c.Size == of.Size)
}

func (s *model) Anchor(c capability.Cap) abi.Error {
	if slices.ContainsFunc(s.anchors, func(a capability.Cap) bool { return same(a, c) }) {
		s.wrong = "a capability is lent twice"
	}
	c.Rights = 0
	s.anchors = append(s.anchors, c)
	return abi.OK
}

func (s *model) Release(c capability.Cap) {
	n := len(s.anchors)
	s.anchors = slices.DeleteFunc(s.anchors, func(a capability.Cap) bool { return same(a, c) })
	if len(s.anchors) != n-1 {
		s.wrong = "what was not lent has come back"
	}
}

func (s *model) Deliver(c capability.Cap, channel uint64) abi.Error {
	if channel == badChannel {
		return abi.ErrFull
	}
	s.copies = append(s.copies, c)
	return abi.OK
}

func (s *model) Holds(c capability.Cap) bool {
	return slices.ContainsFunc(s.copies, func(o capability.Cap) bool { return under(o, c) })
}

func (s *model) Free(c capability.Cap, low, high uint64) bool {
	in := func(o capability.Cap) bool {
		return under(o, c) && !same(o, c) && o.Base < high && low < o.Base+o.Size
	}
	return !slices.ContainsFunc(s.copies, in) && !slices.ContainsFunc(s.anchors, in)
}

func (s *model) Asks(request uint32) bool {
	return slices.ContainsFunc(s.asked, func(a asked) bool {
		return a.number == request && !a.lost && slices.ContainsFunc(s.copies, func(c capability.Cap) bool { return same(c, a.cap) })
	})
}

func (s *model) Freeze(c capability.Cap) { s.frozen = append(s.frozen, c) }

func (s *model) Thaw(c capability.Cap) {
	i := slices.Index(s.frozen, c)
	if i < 0 {
		s.wrong = "a thaw without a freeze"
		return
	}
	s.frozen = slices.Delete(s.frozen, i, i+1)
}

func (s *model) isFrozen(c capability.Cap) bool {
	return slices.ContainsFunc(s.frozen, func(f capability.Cap) bool { return under(c, f) })
}

func (s *model) Wipe(c capability.Cap, request uint32, tag Tag) {
	if !slices.ContainsFunc(s.frozen, func(f capability.Cap) bool { return same(f, c) }) {
		s.wrong = "what is not frozen is wiped"
	}
	if slices.ContainsFunc(s.asked, func(a asked) bool { return a.number == request && a.lost }) {
		s.wrong = "it is wiped for who has lost it"
	}
	s.wipes = append(s.wipes, wipe{c, request, tag})
}

// wipe does the first wipe that is under way.
func (s *model) wipe() {
	w := s.wipes[0]
	s.wipes = s.wipes[1:]
	keep := w.request != 0 && slices.ContainsFunc(s.asked, func(a asked) bool { return a.number == w.request && same(a.cap, w.cap) })
	for i := range s.asked {
		a := &s.asked[i]
		a.lost = a.lost || a.number != w.request && under(a.cap, w.cap)
	}
	var gone []capability.Cap
	s.copies = slices.DeleteFunc(s.copies, func(c capability.Cap) bool {
		if !under(c, w.cap) {
			return false
		}
		if same(c, w.cap) && keep {
			keep = false
			return false
		}
		gone = append(gone, c)
		return true
	})
	for _, c := range gone {
		s.node.Ended(c)
	}
	s.node.Wiped(w.tag)
}

func (s *model) Result(number uint32, e abi.Error) {
	i := slices.IndexFunc(s.asked, func(a asked) bool { return a.number == number })
	if i < 0 {
		s.wrong = "a result that nobody waits for"
		return
	}
	if s.ended != nil {
		s.ended(number, e)
	}
	if a := s.asked[i]; e == abi.OK && a.made.Size != 0 && slices.ContainsFunc(s.copies, func(c capability.Cap) bool { return same(c, a.cap) }) {
		s.copies = append(s.copies, a.made)
	}
	s.asked = slices.Delete(s.asked, i, i+1)
	s.results = append(s.results, result{number, e})
}

// drop deletes all copies of a capability.
func (s *model) drop(c capability.Cap) {
	s.copies = slices.DeleteFunc(s.copies, func(o capability.Cap) bool { return same(o, c) })
	s.node.Ended(c)
	s.node.settle()
}
