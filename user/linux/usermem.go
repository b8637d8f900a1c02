package linux

import "encoding/binary"

var le = binary.LittleEndian

// load64 reads a word of the process's memory, store64 and store32 write one; false if
// that cannot be done.
func (p *Process) load64(va uint64) (uint64, bool) {
	var b [8]byte
	_, err := p.space.Read(va, b[:])
	return le.Uint64(b[:]), err == nil
}

func (p *Process) load32(va uint64) (uint32, bool) {
	var b [4]byte
	_, err := p.space.Read(va, b[:])
	return le.Uint32(b[:]), err == nil
}

func (p *Process) store64(va, v uint64) bool {
	var b [8]byte
	le.PutUint64(b[:], v)
	_, err := p.space.Write(va, b[:])
	return err == nil
}

func (p *Process) store32(va uint64, v uint32) bool {
	var b [4]byte
	le.PutUint32(b[:], v)
	_, err := p.space.Write(va, b[:])
	return err == nil
}

// loadSpan reads a struct timespec that is a span, in nanoseconds, bounded.
func (p *Process) loadSpan(va uint64) (ns uint64, e errno) {
	const mostSeconds = 1 << 31
	sec, ok := p.load64(va)
	nsec, ok2 := p.load64(va + 8)
	switch {
	case !ok || !ok2:
		return 0, fault
	case nsec >= 1e9 || int64(sec) < 0:
		return 0, inval
	}
	return min(sec, mostSeconds)*1e9 + nsec, 0
}
