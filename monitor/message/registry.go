package message

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strconv"
)

// Words is how many words a slot carries, Size the bytes of those.
const (
	Words = 7
	Size  = 8 * Words
)

// A declaration has a number from 1 to MaxNumber. The number of a request's answer has
// AnswerBit, too. Limit is above all of them.
const (
	MaxNumber = 255
	AnswerBit = 256
	Limit     = 512
)

// Kind is what a message is for.
type Kind uint8

// Kinds.
const (
	KindOneWay Kind = iota
	KindRequest
	KindAnswer
)

var kindWords = [...]string{"one-way", "request", "answer"}

func (k Kind) String() string { return kindWords[k] }

// Definition is what is known of a number.
type Definition struct {
	Number uint16
	Name   string
	Kind   Kind
	Type   string // in Go
	Size   int    // in bytes, without id and records
}

// registry has the definitions, and by number where each stands there, from 1. Every
// instance makes it anew, at each of its starts.
type registry struct {
	list  []Definition
	at    [Limit]uint16
	alike [buckets]uint16 // by bucket of the name: the last there
	next  []uint16        // by place in the list: the one before it in its bucket
}

const buckets = 256

// bucket is the same for the same name.
func bucket(name string) (b uint8) {
	for i := range len(name) {
		b = b*31 + name[i]
	}
	return b
}

var all registry

// add takes a definition in, unless its number or its name cannot be, or is taken.
func (r *registry) add(d Definition) error {
	number := d.Number &^ AnswerBit
	switch {
	case number == 0 || number > MaxNumber:
		return fmt.Errorf("message %q has the number %d, which is not within 1 and %d", d.Name, number, MaxNumber)
	case !named(d.Name):
		return fmt.Errorf("message %d is called %q, which is not a word of small letters and hyphens", d.Number, d.Name)
	case r.at[d.Number] != 0:
		return fmt.Errorf("messages %q and %q both have the number %d", r.list[r.at[d.Number]-1].Name, d.Name, d.Number)
	}
	first := &r.alike[bucket(d.Name)]
	for at := *first; at != 0; at = r.next[at-1] {
		if other := &r.list[at-1]; other.Name == d.Name {
			return fmt.Errorf("messages %d and %d are both called %q", other.Number, d.Number, d.Name)
		}
	}
	r.list, r.next = append(r.list, d), append(r.next, *first)
	place := uint16(len(r.list))
	r.at[d.Number], *first = place, place
	return nil
}

// named reports whether a name can be that of a message.
func named(name string) bool {
	for i, c := range name {
		if !(c >= 'a' && c <= 'z' || c == '-' && i > 0 && i < len(name)-1) {
			return false
		}
	}
	return name != ""
}

// declare takes a definition into the registry. What cannot be is a mistake of the
// program, which ends here, at its beginning.
func declare(number uint16, name string, kind Kind, t reflect.Type, most int) {
	err := check(t, most)
	if err == nil {
		err = all.add(Definition{number, name, kind, t.String(), int(t.Size())})
	}
	if err != nil {
		panic("message: " + err.Error())
	}
}

// Definitions lists all that are declared, by number.
func Definitions() []Definition {
	list := slices.Clone(all.list)
	slices.SortFunc(list, func(a, b Definition) int { return cmp.Compare(a.Number, b.Number) })
	return list
}

// Find returns the definition that has a number.
func Find(number uint16) (Definition, bool) {
	if number >= Limit || all.at[number] == 0 {
		return Definition{}, false
	}
	return all.list[all.at[number]-1], true
}

// Name names a number, or writes it down if it has no name.
func Name(number uint16) string {
	if d, ok := Find(number); ok {
		return d.Name
	}
	return strconv.Itoa(int(number))
}
