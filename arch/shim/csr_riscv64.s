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

#define ZERO_64(at) \
	MOV	ZERO, (at+0)(A0); \
	MOV	ZERO, (at+8)(A0); \
	MOV	ZERO, (at+16)(A0); \
	MOV	ZERO, (at+24)(A0); \
	MOV	ZERO, (at+32)(A0); \
	MOV	ZERO, (at+40)(A0); \
	MOV	ZERO, (at+48)(A0); \
	MOV	ZERO, (at+56)(A0)

// func zeroPages(p, end uintptr)
TEXT ·zeroPages(SB),NOSPLIT|NOFRAME,$0-16
	MOV	p+0(FP), A0
	MOV	end+8(FP), A1
loop:
	ZERO_64(0)
	ZERO_64(64)
	ZERO_64(128)
	ZERO_64(192)
	ZERO_64(256)
	ZERO_64(320)
	ZERO_64(384)
	ZERO_64(448)
	ZERO_64(512)
	ZERO_64(576)
	ZERO_64(640)
	ZERO_64(704)
	ZERO_64(768)
	ZERO_64(832)
	ZERO_64(896)
	ZERO_64(960)
	ADD	$1024, A0
	BLTU	A0, A1, loop
	RET
