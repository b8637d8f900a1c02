#include "textflag.h"

// func Call(ext, fid, a0, a1, a2, a3, a4 uint64) (err Error, value uint64)
//
// A7 = extension, A6 = function, A0-A4 = arguments; back come A0 = error,
// A1 = value and every other register unchanged (SBI 2.0, chapter 3). The Go
// registers G (X27) and the frame are therefore safe over the call.
// The first two loads use A7 and A6, which no later load needs.
TEXT ·Call(SB),NOSPLIT|NOFRAME,$0-72
	MOV	ext+0(FP), A7
	MOV	fid+8(FP), A6
	MOV	a0+16(FP), A0
	MOV	a1+24(FP), A1
	MOV	a2+32(FP), A2
	MOV	a3+40(FP), A3
	MOV	a4+48(FP), A4
	ECALL
	MOV	A0, err+56(FP)
	MOV	A1, value+64(FP)
	RET
