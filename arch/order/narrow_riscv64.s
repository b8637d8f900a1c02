#include "textflag.h"
#include "fence_riscv64.h"

// func Load32(p *uint32) uint32
TEXT ·Load32(SB),NOSPLIT,$0-12
	MOV	p+0(FP), A0
	MOVWU	(A0), A1
	MOVW	A1, ret+8(FP)
	RET

// func LoadAcquire16(p *uint16) uint16
// Pairs with the device's release of the word.
TEXT ·LoadAcquire16(SB),NOSPLIT,$0-10
	MOV	p+0(FP), A0
	MOVHU	(A0), A1
	FENCE_R_RW
	MOVH	A1, ret+8(FP)
	RET

// func StoreRelease16(p *uint16, v uint16)
// Pairs with the device's acquire of the word.
TEXT ·StoreRelease16(SB),NOSPLIT,$0-10
	MOV	p+0(FP), A0
	MOVHU	v+8(FP), A1
	FENCE_RW_W
	MOVH	A1, (A0)
	RET
