package message

import "unsafe"

// The encoding is a copy of bytes. That is sound because check has let pass only types
// without pointers, without padding and without patterns that are no value, whose
// size fits; words of a slot are aligned as strictly as any such type. Nothing here
// keeps a pointer, and only in and wordsOf return one: what is decoded by others is a copy.

// put writes a value into the words from one on; what is behind it is not touched.
func put[T any](w *[Words]uint64, at int, v *T) { *(*T)(unsafe.Pointer(&w[at])) = *v }

// get reads a value out of the words from one on.
func get[T any](w *[Words]uint64, at int) T { return *(*T)(unsafe.Pointer(&w[at])) }

// in returns the value in the words.
func in[T any](w *[Words]uint64) *T { return (*T)(unsafe.Pointer(w)) }

// wordsOf returns the words that a value is made of, if it fills a message.
func wordsOf[T any](v *T) *[Words]uint64 { return (*[Words]uint64)(unsafe.Pointer(v)) }

// fills reports whether a value is as large as all words, and aligned as they are.
func fills[T any]() bool {
	var one T
	return unsafe.Sizeof(one) == Size && unsafe.Alignof(one) == unsafe.Alignof(uint64(0))
}

// view returns the bytes of a value.
func view[T any](v *T) []byte {
	return unsafe.Slice((*byte)(unsafe.Pointer(v)), unsafe.Sizeof(*v))
}

// viewList returns the bytes of a list.
func viewList[T any](list []T) []byte {
	var one T
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(list))), uintptr(len(list))*unsafe.Sizeof(one))
}

// size returns the bytes of a type.
func size[T any]() int {
	var one T
	return int(unsafe.Sizeof(one))
}

// text returns the bytes that a fragment carries, in place.
func text(w *[Words]uint64) *[fragment]byte { return (*[fragment]byte)(unsafe.Pointer(&w[1])) }
