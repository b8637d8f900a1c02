#include "textflag.h"

// func Time() uint64
TEXT ·Time(SB),NOSPLIT,$0-8
	CSRRS	ZERO, TIME, A0
	MOV	A0, ret+0(FP)
	RET

// func Instructions() uint64
TEXT ·Instructions(SB),NOSPLIT,$0-8
	CSRRS	ZERO, INSTRET, A0
	MOV	A0, ret+0(FP)
	RET
