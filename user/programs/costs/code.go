package main

import "atoll/kernel/abi"

// Registers (RISC-V ABIs Specification, integer register convention).
const (
	t0, t1, t2 = 5, 6, 7
	s1         = 9
	a0, a1, a7 = 10, 11, 17
)

// code is a program of machine code (Unprivileged ISA, instruction listings).
type code struct {
	words []uint32
	calls int
}

func (c *code) put(w ...uint32) { c.words = append(c.words, w...) }

func addi(rd, rs, imm uint32) uint32 { return imm<<20 | rs<<15 | rd<<7 | 0x13 }

// load puts a number of at most 31 bits, or -1, into a register.
func (c *code) load(rd uint32, v uint64) {
	if v == ^uint64(0) {
		c.put(addi(rd, 0, 0xfff))
		return
	}
	high, low := (uint32(v)+0x800)>>12, uint32(v)&0xfff
	switch {
	case high == 0:
		c.put(addi(rd, 0, low))
	case low == 0:
		c.put(high<<12 | rd<<7 | 0x37) // lui
	default:
		c.put(high<<12|rd<<7|0x37, addi(rd, rd, low))
	}
}

// call makes a native call.
func (c *code) call(number uint64, args ...uint64) {
	for i, v := range args {
		c.load(a0+uint32(i), v)
	}
	c.load(a7, number)
	c.put(0x73) // ecall
	c.calls++
}

// waits has messages be waited for without an end, and no capability go or come with them.
func (c *code) waits() {
	c.load(t0, abi.Forever)
	c.load(t1, 0)
	c.load(t2, 0)
}

// float makes the floating-point registers dirty.
func (c *code) float() { c.put(1<<25 | 3<<20 | 2<<15 | 1<<7 | 0x53) } // fadd.d f1, f2, f3

// forever repeats what a function puts.
func (c *code) forever(body func()) {
	begin := len(c.words)
	body()
	off := uint32(begin-len(c.words)) * 4
	c.put(off>>20&1<<31 | off>>1&0x3ff<<21 | off>>11&1<<20 | off>>12&0xff<<12 | 0x6f) // jal zero
}

// times repeats it as often as a0 said at the start, and returns how many instructions a round
// has that are no calls.
func (c *code) times(body func()) (beside int) {
	c.put(addi(s1, a0, 0))
	begin, calls := len(c.words), c.calls
	body()
	c.put(addi(s1, s1, 0xfff))
	off := uint32(begin-len(c.words)) * 4
	c.put(off>>12&1<<31 | off>>5&0x3f<<25 | s1<<15 | 1<<12 | off>>1&0xf<<8 | off>>11&1<<7 | 0x63) // bne s1, zero
	return len(c.words) - begin - (c.calls - calls)
}

// end says that the program has come to its end, and waits.
func (c *code) end(to uint64) {
	c.waits()
	c.call(abi.CallSend, to)
	c.forever(func() { c.call(abi.CallWait, abi.Forever) })
}
