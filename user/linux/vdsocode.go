package linux

// The function of the vDSO in machine code (Unprivileged ISA, instruction listings). It uses no
// stack, and registers that a caller does not expect back.

// Registers beside those of thread.go.
const (
	regZero    = 0
	regT0      = 5
	regT1      = 6
	regT2      = 7
	regA1      = 11
	regT3      = 28
	regT4      = 29
	regT5      = 30
	regT6      = 31
	csrTime    = 0xc01
	codeEcall  = 0x73
	codeReturn = regRA<<15 | 0x67 // jalr zero, 0(ra)
)

func codeR(op, rd, rs1, rs2 uint32) uint32 { return op | rs2<<20 | rs1<<15 | rd<<7 }

// Operations of two registers.
const (
	codeAdd  = 0x33
	codeSub  = 0x20<<25 | 0x33
	codeMul  = 1<<25 | 0x33
	codeDivu = 1<<25 | 5<<12 | 0x33
	codeRemu = 1<<25 | 7<<12 | 0x33
)

func codeAddi(rd, rs1 uint32, imm int32) uint32 { return uint32(imm)<<20 | rs1<<15 | rd<<7 | 0x13 }
func codeLoad(rd, rs1 uint32, imm int32) uint32 {
	return uint32(imm)<<20 | rs1<<15 | 3<<12 | rd<<7 | 0x03
}

func codeStore(rs2, rs1, imm uint32) uint32 {
	return imm>>5<<25 | rs2<<20 | rs1<<15 | 3<<12 | imm&31<<7 | 0x23
}

// Conditions of branches.
const codeEqual, codeNotEqual, codeBelow = 0, 1, 6

// codeBranch is a branch forward over some instructions, this one among them.
func codeBranch(condition, rs1, rs2, over uint32) uint32 {
	off := 4 * over
	return off>>5&0x3f<<25 | rs2<<20 | rs1<<15 | condition<<12 | off>>1&15<<8 | off>>11&1<<7 | 0x63
}

// vdsoText is the function: A0 is a clock, A1 where to write its time. The numbers that it takes
// stand before it: ticks a second, and the seconds and nanoseconds since 1970 at tick 0.
func vdsoText() []uint32 {
	const billionHigh, billionLow = (1e9 + 0x800) >> 12, 1e9 - (1e9+0x800)>>12<<12
	return []uint32{
		regT0<<7 | 0x17, // auipc t0, 0: here
		codeBranch(codeEqual, regA0, regZero, 3),
		codeAddi(regT1, regZero, clockMonotonic),
		codeBranch(codeNotEqual, regA0, regT1, 21), // another clock

		csrTime<<20 | 2<<12 | regT1<<7 | 0x73, // rdtime t1
		codeLoad(regT2, regT0, -24),
		codeR(codeDivu, regT3, regT1, regT2), // seconds
		codeR(codeRemu, regT4, regT1, regT2),
		billionHigh<<12 | regT5<<7 | 0x37, // lui
		codeAddi(regT5, regT5, billionLow),
		codeR(codeMul, regT4, regT4, regT5),
		codeR(codeDivu, regT4, regT4, regT2),        // nanoseconds
		codeBranch(codeNotEqual, regA0, regZero, 8), // of the monotonic clock

		codeLoad(regT6, regT0, -16),
		codeR(codeAdd, regT3, regT3, regT6),
		codeLoad(regT6, regT0, -8),
		codeR(codeAdd, regT4, regT4, regT6),
		codeBranch(codeBelow, regT4, regT5, 3),
		codeR(codeSub, regT4, regT4, regT5),
		codeAddi(regT3, regT3, 1),

		codeStore(regT3, regA1, 0),
		codeStore(regT4, regA1, 8),
		codeAddi(regA0, regZero, 0),
		codeReturn,

		codeAddi(regA7, regZero, numberClockGettime),
		codeEcall,
		codeReturn,
	}
}

// numberClockGettime is the number of the call.
const numberClockGettime = 113
