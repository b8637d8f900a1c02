package message

import "reflect"

// Message is a one-way message of a type.
type Message[T any] struct{ number uint16 }

// Declare declares a one-way message. T has at most Size bytes. It is for package
// variables, and panics with a sentence if the declaration cannot be.
func Declare[T any](number uint16, name string) Message[T] {
	declare(number, name, KindOneWay, reflect.TypeFor[T](), Size)
	return Message[T]{number}
}

// Number returns the type number.
func (d Message[T]) Number() uint16 { return d.number }

// Encode returns the words of a value; those that it does not need are 0.
func (d Message[T]) Encode(v *T) (w [Words]uint64) {
	put(&w, 0, v)
	return w
}

// Decode returns the value that the words are.
func (d Message[T]) Decode(w *[Words]uint64) T { return get[T](w, 0) }

// In returns the value that the words are where they stand: it changes with them. It is
// for large values, which Decode copies.
func (d Message[T]) In(w *[Words]uint64) *T { return in[T](w) }

// WordsOf is Encode for a value that is as large as a message and aligned as one: the
// words are the value's own, and nothing is copied. It panics for any other type.
func (d Message[T]) WordsOf(v *T) *[Words]uint64 {
	if !fills[T]() {
		panic("message: a value of a type that does not fill a message has no words of its own")
	}
	return wordsOf(v)
}
