package shim

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
