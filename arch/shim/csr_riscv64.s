#include "textflag.h"
#include "priv_riscv64.h"

// func readTime() uint64
TEXT ·readTime(SB),NOSPLIT|NOFRAME,$0-8
	CSRRS	ZERO, TIME, A0
	MOV	A0, ret+0(FP)
	RET

// func setStimecmp(at uint64)
TEXT ·setStimecmp(SB),NOSPLIT|NOFRAME,$0-8
	MOV	at+0(FP), A0
	CSRRW	A0, STIMECMP, ZERO
	RET

// func pending() uintptr
TEXT ·pending(SB),NOSPLIT|NOFRAME,$0-8
	CSRRS	ZERO, SIP, A0
	MOV	A0, ret+0(FP)
	RET

// func clearPending(bits uintptr)
TEXT ·clearPending(SB),NOSPLIT|NOFRAME,$0-8
	MOV	bits+0(FP), A0
	CSRRC	A0, SIP, ZERO
	RET

// func enable(bits uintptr)
TEXT ·enable(SB),NOSPLIT|NOFRAME,$0-8
	MOV	bits+0(FP), A0
	CSRRS	A0, SIE, ZERO
	RET

// func disable(bits uintptr)
TEXT ·disable(SB),NOSPLIT|NOFRAME,$0-8
	MOV	bits+0(FP), A0
	CSRRC	A0, SIE, ZERO
	RET

// func claimMessage() uintptr
TEXT ·claimMessage(SB),NOSPLIT|NOFRAME,$0-8
	CSRRW	ZERO, STOPEI, A0
	MOV	A0, ret+0(FP)
	RET

// func writeFile(register, v uintptr)
TEXT ·writeFile(SB),NOSPLIT|NOFRAME,$0-16
	MOV	register+0(FP), A0
	MOV	v+8(FP), A1
	CSRRW	A0, SISELECT, ZERO
	CSRRW	A1, SIREG, ZERO
	RET

// func setFile(register, bits uintptr)
TEXT ·setFile(SB),NOSPLIT|NOFRAME,$0-16
	MOV	register+0(FP), A0
	MOV	bits+8(FP), A1
	CSRRW	A0, SISELECT, ZERO
	CSRRS	A1, SIREG, ZERO
	RET

// func wfi()
TEXT ·wfi(SB),NOSPLIT|NOFRAME,$0-0
	WFI
	RET

// func sfence(va uintptr)
TEXT ·sfence(SB),NOSPLIT|NOFRAME,$0-8
	MOV	va+0(FP), A0
	SFENCE_A0
	RET

// func sfenceAll()
TEXT ·sfenceAll(SB),NOSPLIT|NOFRAME,$0-0
	SFENCE_ALL
	RET

// func fenceI()
TEXT ·fenceI(SB),NOSPLIT|NOFRAME,$0-0
	FENCE_I
	RET

// func setSatp(satp uintptr)
TEXT ·setSatp(SB),NOSPLIT|NOFRAME,$0-8
	MOV	satp+0(FP), A0
	CSRRW	A0, SATP, ZERO
	SFENCE_ALL
	RET

// func zeroPage(p uintptr)
TEXT ·zeroPage(SB),NOSPLIT|NOFRAME,$0-8
	MOV	p+0(FP), A0
	MOV	$4096, A1
	ADD	A0, A1
loop:
	MOV	ZERO, 0(A0)
	MOV	ZERO, 8(A0)
	MOV	ZERO, 16(A0)
	MOV	ZERO, 24(A0)
	MOV	ZERO, 32(A0)
	MOV	ZERO, 40(A0)
	MOV	ZERO, 48(A0)
	MOV	ZERO, 56(A0)
	ADD	$64, A0
	BLTU	A0, A1, loop
	RET
