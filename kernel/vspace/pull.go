package vspace

import (
	"atoll/arch/layout"
	"atoll/arch/sv39"
	"atoll/kernel/capability"
)

// pulls is what a space knows of its replicas: page tables elsewhere that map pages of it. A
// replica has a number, below 64; it pulls a page when it needs one, and has it until Withdrawn
// is told that it must not have it any longer. The zero value has no replicas.
type pulls struct {
	// Withdrawn is told that the page at an address has become another one, or permits less: those
	// of a set of replicas have pulled it, and each must drop it before whoever has caused this goes on.
	// It is called before the page is dropped, and must not change the space.
	Withdrawn func(va uint64, by uint64)

	by map[uint64]capability.Ref // frames of the store, by the tables of level 0: a word for each page says who has pulled it
}

// Pull is Fault for a replica: it returns which page is at an address, made if it has to be, and what
// is permitted there.
func (s *Space) Pull(va uint64, perm layout.Perm, replica int) (pa uint64, as layout.Perm, err error) {
	r, err := s.page(va, perm)
	if err != nil {
		return 0, 0, err
	}
	by, err := s.pullers(va)
	if err != nil {
		return 0, 0, err
	}
	*by |= 1 << replica
	return s.db.PageAt(r, sv39.Index(va, 0)), layout.Perm(s.db.MappedAs(r)), nil
}

// pullers returns the word that says who has pulled the page at an address.
func (s *Space) pullers(va uint64) (*uint64, error) {
	r := s.by[va/spanSize]
	if r == 0 {
		var err error
		if r, err = s.frame(); err != nil {
			return nil, err
		}
		if s.by == nil {
			s.by = map[uint64]capability.Ref{}
		}
		s.by[va/spanSize] = r
	}
	return s.mem.Word(s.db.Base(r) + sv39.Index(va, 0)*8), nil
}

// withdraw tells of a page that replicas must not have any longer.
func (s *Space) withdraw(va uint64) {
	if len(s.by) == 0 {
		return
	}
	r := s.by[va/spanSize]
	if r == 0 {
		return
	}
	word := s.mem.Word(s.db.Base(r) + sv39.Index(va, 0)*8)
	if by := *word; by != 0 {
		*word = 0
		s.Withdrawn(va&^(layout.PageSize-1), by)
	}
}

// Pullers returns all who may have pulled something.
func (s *Space) Pullers() (by uint64) {
	for _, r := range s.by {
		for i := range uint64(sv39.Entries) {
			by |= *s.mem.Word(s.db.Base(r) + i*8)
		}
	}
	return by
}

// endPulls forgets who has pulled what: nobody has anything any more.
func (s *Space) endPulls() {
	for _, r := range s.by {
		s.drop(r)
	}
	s.by = nil
}
