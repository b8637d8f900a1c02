#include "textflag.h"

// func Call(number uint64, r *Registers)
//
// A7 = number, A0-A6 and T0-T2 = arguments; back come A0-A6 = results and every other
// register unchanged. So G (X27) and the frame are safe over the call, and the pointer to
// the registers stays in T3.
TEXT ·Call(SB),NOSPLIT|NOFRAME,$0-16
	MOV	number+0(FP), A7
	MOV	r+8(FP), T3
	MOV	0(T3), A0
	MOV	8(T3), A1
	MOV	16(T3), A2
	MOV	24(T3), A3
	MOV	32(T3), A4
	MOV	40(T3), A5
	MOV	48(T3), A6
	MOV	56(T3), T0
	MOV	64(T3), T1
	MOV	72(T3), T2
	ECALL
	MOV	A0, 0(T3)
	MOV	A1, 8(T3)
	MOV	A2, 16(T3)
	MOV	A3, 24(T3)
	MOV	A4, 32(T3)
	MOV	A5, 40(T3)
	MOV	A6, 48(T3)
	RET

// func SyncCode()
TEXT ·SyncCode(SB),NOSPLIT,$0-0
	WORD	$0x0000100f // fence.i
	RET
