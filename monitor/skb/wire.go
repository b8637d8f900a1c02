package skb

import (
	"encoding/binary"
	"errors"
)

// A result crosses harts as bytes: counts and texts, each behind its length
// (varints, package encoding/binary).

// AppendTo appends the result's encoding.
func (r *Result) AppendTo(b []byte) []byte {
	b = binary.AppendUvarint(b, uint64(len(r.Vars)))
	for _, v := range r.Vars {
		b = appendText(b, v)
	}
	cut := byte(0)
	if r.Cut {
		cut = 1
	}
	b = append(binary.AppendUvarint(b, uint64(len(r.Rows))), cut)
	for _, row := range r.Rows {
		for _, cell := range row {
			b = appendText(b, cell)
		}
	}
	return b
}

func appendText(b []byte, s string) []byte {
	return append(binary.AppendUvarint(b, uint64(len(s))), s...)
}

var errWire = errors.New("an answer of the knowledge base cannot be read")

// ReadResult reads a result, which comes from another core. What it has of counts
// is bounded by the length of the bytes.
func ReadResult(b []byte) (Result, error) {
	d := decoder{b}
	var r Result
	for range d.count(1) {
		r.Vars = append(r.Vars, d.text())
	}
	n := d.count(len(r.Vars))
	r.Cut = d.byte() == 1
	for range n {
		row := make([]string, len(r.Vars))
		for i := range row {
			row[i] = d.text()
		}
		r.Rows = append(r.Rows, row)
	}
	if d.b == nil || len(d.b) > 0 {
		return Result{}, errWire
	}
	return r, nil
}

// decoder takes from bytes; they are nil once something was wrong with them.
type decoder struct{ b []byte }

func (d *decoder) uvarint() uint64 {
	v, n := binary.Uvarint(d.b)
	if n <= 0 {
		d.b = nil
		return 0
	}
	d.b = d.b[n:]
	return v
}

// count takes the number of things of which each has at least so many bytes.
func (d *decoder) count(least int) int {
	n := d.uvarint()
	if n > MaxRows || n*uint64(least) > uint64(len(d.b)) {
		d.b = nil
		return 0
	}
	return int(n)
}

func (d *decoder) byte() byte {
	if len(d.b) == 0 {
		d.b = nil
		return 0
	}
	v := d.b[0]
	d.b = d.b[1:]
	return v
}

func (d *decoder) text() string {
	n := d.uvarint()
	if n > uint64(len(d.b)) {
		d.b = nil
		return ""
	}
	s := string(d.b[:n])
	d.b = d.b[n:]
	return s
}
