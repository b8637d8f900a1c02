package message

import (
	"errors"
	"reflect"
)

// None is a question, an answer or a record without content.
type None struct{}

// Stream is a request: a question that is answered with a value and a list of records.
// Records of one byte make it a stream of bytes.
type Stream[Q, A, R any] struct{ number uint16 }

// Request is a request that is answered with a value alone.
type Request[Q, A any] = Stream[Q, A, None]

// ErrShape says that an answer is not of the type that was asked for.
var ErrShape = errors.New("an answer does not have the shape of what was asked for")

// Bounds of an answer in bytes: its value, all of it, and the sentence of one that
// failed.
const (
	MaxValue    = 1 << 10
	MaxAnswer   = 2 << 20
	MaxSentence = 1 << 10
)

// DeclareRequest declares a request and its answer. Q has at most Size-8 bytes and A
// MaxValue. See Declare.
func DeclareRequest[Q, A any](number uint16, name string) Request[Q, A] {
	return DeclareStream[Q, A, None](number, name)
}

// DeclareStream is DeclareRequest for an answer with records.
func DeclareStream[Q, A, R any](number uint16, name string) Stream[Q, A, R] {
	declare(number, name, KindRequest, reflect.TypeFor[Q](), Size-8)
	declare(number|AnswerBit, name+"-answer", KindAnswer, reflect.TypeFor[A](), MaxValue)
	if err := check(reflect.TypeFor[R](), MaxValue); err != nil {
		panic("message: records of " + name + ": " + err.Error())
	}
	return Stream[Q, A, R]{number}
}

// Number returns the type number of the request.
func (d Stream[Q, A, R]) Number() uint16 { return d.number }

// Ask returns the words of a request, which has the id 0.
func (d Stream[Q, A, R]) Ask(q *Q) (w [Words]uint64) {
	put(&w, 1, q)
	return w
}

// Question returns what a request asks.
func (d Stream[Q, A, R]) Question(w *[Words]uint64) Q { return get[Q](w, 1) }

// ID returns the id of a request or of a fragment of its answer.
func ID(w *[Words]uint64) uint32 { return uint32(w[0]) }

// SetID gives a request its id.
func SetID(w *[Words]uint64, id uint32) { w[0] = uint64(id) }

// Append appends the bytes of an answer.
func (d Stream[Q, A, R]) Append(data []byte, a *A, list []R) []byte {
	data = append(data, view(a)...)
	return append(data, viewList(list)...)
}

// Most returns how many bytes an answer can have.
func (d Stream[Q, A, R]) Most() int {
	if size[R]() == 0 {
		return size[A]()
	}
	return MaxAnswer
}

// Answer returns what the bytes of an answer say. It fails with ErrShape if they cannot
// be one.
func (d Stream[Q, A, R]) Answer(data []byte) (a A, list []R, err error) {
	head, record := size[A](), size[R]()
	rest := len(data) - head
	if rest < 0 || rest > 0 && (record == 0 || rest%record != 0) {
		return a, nil, ErrShape
	}
	copy(view(&a), data)
	if rest > 0 {
		list = make([]R, rest/record)
		copy(viewList(list), data[head:])
	}
	return a, list, nil
}
