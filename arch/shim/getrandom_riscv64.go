package shim

import "unsafe"

// Stir mixes a seed into what the instance's random numbers come from. Any seed may be
// mixed in, whoever has made it.
func Stir(seed *[8]uint32) {
	s := *seed // which is mapped: the shim must not fault on it
	call(callStir, uintptr(unsafe.Pointer(&s)), 0, 0, 0)
}

// getrandom fills n bytes at buf, at most 256 a call as Linux promises.
func (c *core) getrandom(buf, n uintptr) uintptr {
	n = min(n, 256)
	var b [16]uint32
	for i := uintptr(0); i < n; i++ {
		if i%64 == 0 {
			c.rnd.block(&b)
		}
		*(*byte)(ptr(buf + i)) = byte(b[i%64/4] >> (i % 4 * 8))
	}
	return n
}
