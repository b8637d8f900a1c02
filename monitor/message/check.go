package message

import (
	"fmt"
	"reflect"
)

// check says what keeps a type from being a message of at most so many bytes.
func check(t reflect.Type, most int) error {
	if err := fixed(t, ""); err != nil {
		return fmt.Errorf("%v %w", t, err)
	}
	if size := int(t.Size()); size > most {
		return fmt.Errorf("%v has %d bytes, of which a message carries %d", t, size, most)
	}
	return nil
}

// fixed says what keeps a type, or a field of it that is called so, from being nothing
// but bytes all of which count and may be anything.
func fixed(t reflect.Type, name string) error {
	switch t.Kind() {
	case reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64,
		reflect.Uint8, reflect.Uint16, reflect.Uint32, reflect.Uint64,
		reflect.Float32, reflect.Float64:
		return nil
	case reflect.Int, reflect.Uint, reflect.Uintptr:
		return fmt.Errorf("has %s %v, whose size is not the same everywhere: say how many bits", field(name), t.Kind())
	case reflect.Bool:
		return fmt.Errorf("has %s bool, which not every byte is: use uint8", field(name))
	case reflect.Array:
		return fixed(t.Elem(), name+"[0]")
	case reflect.Struct:
		return fixedStruct(t, name)
	}
	return fmt.Errorf("has %s %v, which refers to memory of its own core", field(name), t.Kind())
}

func fixedStruct(t reflect.Type, name string) error {
	end := uintptr(0)
	for i := range t.NumField() {
		f := t.Field(i)
		inner := name + "." + f.Name
		switch {
		case f.Name == "_":
			return fmt.Errorf("has a blank field, which a copy may leave out: give it a name")
		case f.Offset != end:
			return fmt.Errorf("has padding before %s", field(inner))
		}
		if err := fixed(f.Type, inner); err != nil {
			return err
		}
		end = f.Offset + f.Type.Size()
	}
	if end != t.Size() {
		return fmt.Errorf("has padding behind its last field%s", in(name))
	}
	return nil
}

// field names the field, if it is one.
func field(name string) string {
	if name == "" {
		return "the type"
	}
	return "field " + name[1:] + " of type"
}

func in(name string) string {
	if name == "" {
		return ""
	}
	return " in " + name[1:]
}
