package linux

import (
	"bytes"
	"syscall"
	"testing"

	"atoll/arch/layout"
)

// A file in memory is read to where the bytes are to be, over pages and from any address, as far as there is memory and
// file; what is behind stays. Sabotages: in readInPlace, leave the address, count nothing, or go on behind the end; in
// read, do not take what is left.
func TestReadInPlace(t *testing.T) {
	const (
		path, buf = scratch, scratch + 3*layout.PageSize
		end       = scratch + scratchSize
		size      = 2*layout.PageSize + 100
		cwd       = 1<<64 + atCwd
	)
	w := newWorld(t)
	data := make([]byte, size)
	for i := range data {
		data[i] = byte(i/100 + 1)
	}
	w.p.write(path, []byte("/f\x00"))
	w.p.write(buf, data)
	got := func(at, n uint64) []byte {
		b := make([]byte, n)
		w.p.read(at, b)
		return b
	}
	same := func(at uint64, want []byte) {
		t.Helper()
		if !bytes.Equal(got(at, uint64(len(want))), want) {
			t.Errorf("at %#x is something else", at)
		}
	}
	s := script{1: {
		do(nrOpenat, cwd, path, syscall.O_CREAT|syscall.O_RDWR, 0o600),
		see(t, "open", 3, do(nrWrite, 3, buf, size)),
		see(t, "write", size, func(th *thread) bool {
			w.p.write(buf, bytes.Repeat([]byte{0xff}, 5*layout.PageSize))
			return th.set(nrPread, 3, buf+7, 4*layout.PageSize, 50)
		}),
		see(t, "read to the end of the file", size-50, func(th *thread) bool {
			same(buf+7, data[50:])
			same(buf, bytes.Repeat([]byte{0xff}, 7))
			same(buf+7+size-50, bytes.Repeat([]byte{0xff}, 100))
			return th.set(nrPread, 3, end-layout.PageSize-10, 2*layout.PageSize, 0)
		}),
		see(t, "read to the end of memory", layout.PageSize+10, func(th *thread) bool {
			same(end-layout.PageSize-10, data[:layout.PageSize+10])
			return th.set(nrPread, 3, end, 1, 0)
		}),
		see(t, "read to nowhere", fault.result(), do(nrPread, 3, end, 1, size)),
		see(t, "read nothing to nowhere", 0, do(nrExitGroup)),
	}}
	w.start(s.next)
	if len(s[1]) > 0 {
		t.Errorf("%d calls were not made", len(s[1]))
	}
}
