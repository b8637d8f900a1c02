package message

import (
	"fmt"
	"reflect"
)

// check says what keeps a type from being a message of at most so many bytes.
func check(t reflect.Type, most int) error {
	if f := fixed(t); f != nil {
		return fmt.Errorf("%v%s%s", t, f.field, f.why)
	}
	if size := int(t.Size()); size > most {
		return fmt.Errorf("%v has %d bytes, of which a message carries %d", t, size, most)
	}
	return nil
}

// flaw is why a type cannot be a message, and which field of it that is about.
type flaw struct{ field, why string }

// inside returns the flaw as that of the field around it.
func (f *flaw) inside(field string) *flaw { return &flaw{field + f.field, f.why} }

// fixed returns what keeps a type from being nothing but bytes all of which count and
// may be anything, nil if nothing does. It runs at every boot, for every field of every
// message, so that it makes words only for a flaw.
func fixed(t reflect.Type) *flaw {
	switch t.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return nil
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		return &flaw{why: fmt.Sprintf(" is of type %v, whose size is not the same everywhere: say how many bits", t.Kind())}
	case reflect.Bool:
		return &flaw{why: " is of type bool, which not every byte is: use uint8"}
	case reflect.Array:
		if f := fixed(t.Elem()); f != nil {
			return f.inside("[0]")
		}
		return nil
	case reflect.Struct:
		return fixedStruct(t)
	}
	return &flaw{why: fmt.Sprintf(" is of type %v, which refers to memory of its own core", t.Kind())}
}

func fixedStruct(t reflect.Type) *flaw {
	end := uintptr(0)
	for i := range t.NumField() {
		field := t.Field(i)
		switch {
		case field.Name == "_":
			return &flaw{"._", " is a blank field, which a copy may leave out: give it a name"}
		case field.Offset != end:
			return &flaw{"." + field.Name, " has padding before it"}
		}
		if f := fixed(field.Type); f != nil {
			return f.inside("." + field.Name)
		}
		end = field.Offset + field.Type.Size()
	}
	if end != t.Size() {
		return &flaw{why: " has padding behind its last field"}
	}
	return nil
}
