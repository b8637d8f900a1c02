#include "textflag.h"

// The firmware enters here with A0 = hart id, A1 = device tree, MMU off, at an
// address that is not the link address. g (X27) is all ones, so that a function
// which looks at it traps.
TEXT earlyEntry(SB),NOSPLIT|NOFRAME,$0
	MOV	$·stack(SB), X2
	MOV	$16384, X5
	ADD	X5, X2
	MOV	$-1, g
	MOV	$trapped(SB), X5
	CSRRW	X5, STVEC, X0
	ADD	$-32, X2
	MOV	A0, 8(X2)
	CALL	·early(SB)
	JMP	trapped(SB)

// A hart that HSM started enters here with A0 = hart id, A1 = opaque.
TEXT secondEntry(SB),NOSPLIT|NOFRAME,$0
	MOV	$·stack2(SB), X2
	MOV	$16384, X5
	ADD	X5, X2
	MOV	$-1, g
	MOV	$trapped(SB), X5
	CSRRW	X5, STVEC, X0
	ADD	$-32, X2
	MOV	A0, 8(X2)
	MOV	A1, 16(X2)
	CALL	·second(SB)
	JMP	trapped(SB)

// Every trap ends the machine with status 99, through the test finisher. The
// vector wants 4-byte alignment.
TEXT trapped(SB),NOSPLIT|NOFRAME,$0
	PCALIGN	$16
	MOV	$0x100000, X5
	MOV	$0x633333, X6
again:
	MOVW	X6, (X5)
	JMP	again

// func secondAddr() uint64
TEXT ·secondAddr(SB),NOSPLIT|NOFRAME,$0-8
	MOV	$secondEntry(SB), X5
	MOV	X5, ret+0(FP)
	RET

// func wordAddr() uintptr
TEXT ·wordAddr(SB),NOSPLIT|NOFRAME,$0-8
	MOV	$·word(SB), X5
	MOV	X5, ret+0(FP)
	RET

// func pending() uint64
TEXT ·pending(SB),NOSPLIT|NOFRAME,$0-8
	CSRRS	X0, SIP, X5
	MOV	X5, ret+0(FP)
	RET

// func clearSoft()
TEXT ·clearSoft(SB),NOSPLIT|NOFRAME,$0-0
	MOV	$2, X5
	CSRRC	X5, SIP, X0
	RET
