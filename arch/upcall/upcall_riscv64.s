#include "textflag.h"
#include "go_asm.h"

// Registers: A0-A3 carry the arguments of Handler (Go's ABIInternal), GP is the one that
// no thread uses, X5-X7 are free wherever code here runs.

// entry: the CPU driver comes here, disabled. A0 = frame, A1 = why, A2 and A3 = more of it,
// X2 = the Frame's Stack. The rounding mode may be that of the thread that was
// interrupted; those that have called Enter want Go's.
TEXT ·entry(SB),NOSPLIT|NOFRAME,$0
	CSRRW	ZERO, FCSR, ZERO
	JMP	·handle(SB)

// handle calls Handler: registers as in entry.
TEXT ·handle(SB),NOSPLIT|NOFRAME,$0
	ADD	$const_FrameSize, A0, g // the Scheduler
	MOV	Scheduler_Handler(g), X5
	ADD	$-64, X2 // room for Handler to spill its arguments
	JALR	X1, (X5)
	EBREAK // it must not return

// func Enter(why, a, b uint64) uint64
TEXT ·Enter(SB),NOSPLIT|NOFRAME,$0-32
	MOV	Thread_Frame(g), A0
	MOV	$1, X6
	MOV	X6, Head_Disabled(A0)
	// Disabled from here on.
	MOV	why+0(FP), A1
	MOV	a+8(FP), A2
	MOV	b+16(FP), A3
	MOV	$·entered(SB), X7
	MOV	X7, (Thread_Save+Save_X+0)(g)
	MOV	X1, (Thread_Save+Save_X+8)(g)
	MOV	X2, (Thread_Save+Save_X+16)(g)
	MOV	g, (Thread_Save+Save_X+216)(g)
	MOV	Head_Stack(A0), X2
	JMP	·handle(SB)

// entered is where a thread goes on that has called Enter: X1 and X2 are those of the
// call, A0 is its result.
TEXT ·entered(SB),NOSPLIT|NOFRAME,$0
	MOV	A0, 32(X2) // ret+24(FP)
	JALR	ZERO, (X1)

// begin is where a thread begins: X8 = code, A0 = argument.
TEXT ·begin(SB),NOSPLIT|NOFRAME,$0
	ADD	$-64, X2
	JALR	X1, (X8)
	MOV	$const_Exit, X5
	MOV	X5, 8(X2)
	MOV	ZERO, 16(X2)
	MOV	ZERO, 24(X2)
	CALL	·Enter(SB)
	EBREAK // nobody resumes a thread that has ended

// func Resume(h *Head, s *Save, all bool)
// The whole of it is the critical range: what is enabled here is not before the jump.
TEXT ·Resume(SB),NOSPLIT|NOFRAME,$0-17
	MOV	h+0(FP), X5
	MOV	s+8(FP), GP
	MOVBU	all+16(FP), X6
	MOV	ZERO, Head_Disabled(X5)
	MOV	Head_Pending(X5), X7
	BNE	X7, ZERO, pending
	BNE	X6, ZERO, all
	MOV	(Save_X+8)(GP), X1
	MOV	(Save_X+16)(GP), X2
	MOV	(Save_X+80)(GP), A0
	MOV	(Save_X+216)(GP), g
	MOV	(Save_X+0)(GP), GP
	JALR	ZERO, (GP)
pending:
	MOV	$1, X7
	MOV	X7, Head_Disabled(X5)
	RET
all:
	MOVD	(Save_F+0)(GP), F0
	MOVD	(Save_F+8)(GP), F1
	MOVD	(Save_F+16)(GP), F2
	MOVD	(Save_F+24)(GP), F3
	MOVD	(Save_F+32)(GP), F4
	MOVD	(Save_F+40)(GP), F5
	MOVD	(Save_F+48)(GP), F6
	MOVD	(Save_F+56)(GP), F7
	MOVD	(Save_F+64)(GP), F8
	MOVD	(Save_F+72)(GP), F9
	MOVD	(Save_F+80)(GP), F10
	MOVD	(Save_F+88)(GP), F11
	MOVD	(Save_F+96)(GP), F12
	MOVD	(Save_F+104)(GP), F13
	MOVD	(Save_F+112)(GP), F14
	MOVD	(Save_F+120)(GP), F15
	MOVD	(Save_F+128)(GP), F16
	MOVD	(Save_F+136)(GP), F17
	MOVD	(Save_F+144)(GP), F18
	MOVD	(Save_F+152)(GP), F19
	MOVD	(Save_F+160)(GP), F20
	MOVD	(Save_F+168)(GP), F21
	MOVD	(Save_F+176)(GP), F22
	MOVD	(Save_F+184)(GP), F23
	MOVD	(Save_F+192)(GP), F24
	MOVD	(Save_F+200)(GP), F25
	MOVD	(Save_F+208)(GP), F26
	MOVD	(Save_F+216)(GP), F27
	MOVD	(Save_F+224)(GP), F28
	MOVD	(Save_F+232)(GP), F29
	MOVD	(Save_F+240)(GP), F30
	MOVD	(Save_F+248)(GP), F31
	MOV	Save_FCSR(GP), X5
	CSRRW	X5, FCSR, ZERO
	MOV	(Save_X+8)(GP), X1
	MOV	(Save_X+16)(GP), X2
	MOV	(Save_X+32)(GP), TP
	MOV	(Save_X+40)(GP), X5
	MOV	(Save_X+48)(GP), X6
	MOV	(Save_X+56)(GP), X7
	MOV	(Save_X+64)(GP), X8
	MOV	(Save_X+72)(GP), X9
	MOV	(Save_X+80)(GP), X10
	MOV	(Save_X+88)(GP), X11
	MOV	(Save_X+96)(GP), X12
	MOV	(Save_X+104)(GP), X13
	MOV	(Save_X+112)(GP), X14
	MOV	(Save_X+120)(GP), X15
	MOV	(Save_X+128)(GP), X16
	MOV	(Save_X+136)(GP), X17
	MOV	(Save_X+144)(GP), X18
	MOV	(Save_X+152)(GP), X19
	MOV	(Save_X+160)(GP), X20
	MOV	(Save_X+168)(GP), X21
	MOV	(Save_X+176)(GP), X22
	MOV	(Save_X+184)(GP), X23
	MOV	(Save_X+192)(GP), X24
	MOV	(Save_X+200)(GP), X25
	MOV	(Save_X+208)(GP), X26
	MOV	(Save_X+216)(GP), g
	MOV	(Save_X+224)(GP), X28
	MOV	(Save_X+232)(GP), X29
	MOV	(Save_X+240)(GP), X30
	MOV	(Save_X+248)(GP), X31
	MOV	(Save_X+0)(GP), GP
	JALR	ZERO, (GP)

// criticalEnd is behind Resume: the linker keeps the order of a file.
TEXT ·criticalEnd(SB),NOSPLIT|NOFRAME,$0
	EBREAK

// func Entry() uint64
TEXT ·Entry(SB),NOSPLIT,$0-8
	MOV	$·entry(SB), X5
	MOV	X5, ret+0(FP)
	RET

// func Begin() uint64
TEXT ·Begin(SB),NOSPLIT,$0-8
	MOV	$·begin(SB), X5
	MOV	X5, ret+0(FP)
	RET

// func Critical() (from, to uint64)
TEXT ·Critical(SB),NOSPLIT,$0-16
	MOV	$·Resume(SB), X5
	MOV	X5, from+0(FP)
	MOV	$·criticalEnd(SB), X5
	MOV	X5, to+8(FP)
	RET

// func Self() *Thread
TEXT ·Self(SB),NOSPLIT,$0-8
	MOV	g, ret+0(FP)
	RET
