package linux

import (
	"bytes"
	"encoding/binary"
	"errors"

	"atoll/kernel/vspace"
)

var le = binary.LittleEndian

// read and write copy from and to the process's memory, as vspace does, and make room when a page
// of it has to be made and there is no memory left.
func (p *Process) read(va uint64, b []byte) (int, error) { return p.copy(va, b, p.space.Read) }

func (p *Process) write(va uint64, b []byte) (int, error) { return p.copy(va, b, p.space.Write) }

func (p *Process) copy(va uint64, b []byte, some func(uint64, []byte) (int, error)) (int, error) {
	done, err := some(va, b)
	for errors.Is(err, vspace.ErrNoMemory) && p.sys.makeRoom(p) {
		var n int
		n, err = some(va+uint64(done), b[done:])
		done += n
	}
	return done, err
}

// load64 reads a word of the process's memory, store64 and store32 write one; false if
// that cannot be done.
func (p *Process) load64(va uint64) (uint64, bool) {
	var b [8]byte
	_, err := p.read(va, b[:])
	return le.Uint64(b[:]), err == nil
}

func (p *Process) load32(va uint64) (uint32, bool) {
	var b [4]byte
	_, err := p.read(va, b[:])
	return le.Uint32(b[:]), err == nil
}

func (p *Process) store64(va, v uint64) bool {
	var b [8]byte
	le.PutUint64(b[:], v)
	_, err := p.write(va, b[:])
	return err == nil
}

func (p *Process) store32(va uint64, v uint32) bool {
	var b [4]byte
	le.PutUint32(b[:], v)
	_, err := p.write(va, b[:])
	return err == nil
}

// loadSpan reads a struct timespec that is a span, in nanoseconds, bounded.
func (p *Process) loadSpan(va uint64) (ns uint64, e errno) { return p.loadTime(va, 1) }

// loadTimeval is loadSpan for a struct timeval.
func (p *Process) loadTimeval(va uint64) (ns uint64, e errno) { return p.loadTime(va, 1000) }

// loadTime reads a span of seconds and of units of so many nanoseconds, each less than a
// second.
func (p *Process) loadTime(va, unit uint64) (ns uint64, e errno) {
	const mostSeconds = 1 << 31
	sec, ok := p.load64(va)
	part, ok2 := p.load64(va + 8)
	switch {
	case !ok || !ok2:
		return 0, fault
	case part >= 1e9/unit || int64(sec) < 0:
		return 0, inval
	}
	return min(sec, mostSeconds)*1e9 + part*unit, 0
}

// loadBound is loadSpan for a bound that may be left out: without one it is forever.
func (p *Process) loadBound(va uint64) (ns uint64, e errno) {
	if va == 0 {
		return forever, 0
	}
	return p.loadSpan(va)
}

// storeTimespec and storeTimeval write a time of nanoseconds.
func (p *Process) storeTimespec(va, ns uint64) bool {
	return p.store64(va, ns/1e9) && p.store64(va+8, ns%1e9)
}

func (p *Process) storeTimeval(va, ns uint64) bool {
	return p.store64(va, ns/1e9) && p.store64(va+8, ns%1e9/1000)
}

// store writes bytes.
func (p *Process) store(va uint64, b []byte) bool {
	_, err := p.write(va, b)
	return err == nil
}

// loadString reads a string of at most so many bytes, with its terminator. One that is
// longer is cut, with nameTooLong.
func (p *Process) loadString(va uint64, most int) (string, errno) {
	var s []byte
	for len(s) < most {
		var b [256]byte
		n, _ := p.read(va+uint64(len(s)), b[:min(len(b), most-len(s))])
		if end := bytes.IndexByte(b[:n], 0); end >= 0 {
			return string(append(s, b[:end]...)), 0
		}
		if n == 0 {
			return "", fault
		}
		s = append(s, b[:n]...)
	}
	return string(s[:most-1]), nameTooLong
}
