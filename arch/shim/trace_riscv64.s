#include "textflag.h"
#include "go_asm.h"
#include "priv_riscv64.h"

// func record(time, head, a, b uint64)
// Interrupts are off from the first instruction but one to the last but one, and
// are as they were when it returns. TP is the core area, as everywhere.
TEXT ·record(SB),NOSPLIT|NOFRAME,$0-32
	MOV	$SSTATUS_SIE, A0
	CSRRC	A0, SSTATUS, A1		// A1 = sstatus as it was
	MOV	time+0(FP), A2
	BNE	A2, ZERO, timed
	CSRRS	ZERO, TIME, A2
timed:
	MOV	core_traceNext(TP), A3
	ADD	$1, A3, A4
	MOV	A4, core_traceNext(TP)
	AND	$const_traceMask, A3
	SLL	$const_traceShift, A3
	MOV	$const_traceBuffer, A4
	ADD	A4, A3			// A3 = the record
	MOV	head+8(FP), A4
	MOV	a+16(FP), A5
	MOV	b+24(FP), A6
	MOV	A2, 0(A3)
	MOV	A4, 8(A3)
	MOV	A5, 16(A3)
	MOV	A6, 24(A3)
	AND	A0, A1
	CSRRS	A1, SSTATUS, ZERO
	RET
