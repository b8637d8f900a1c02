#include "textflag.h"
#include "fence_riscv64.h"

// func Load64(p *uint64) uint64
TEXT ·Load64(SB),NOSPLIT,$0-16
	MOV	p+0(FP), A0
	MOV	(A0), A1
	MOV	A1, ret+8(FP)
	RET

// func LoadAcquire64(p *uint64) uint64
// Pairs with StoreRelease64.
TEXT ·LoadAcquire64(SB),NOSPLIT,$0-16
	MOV	p+0(FP), A0
	MOV	(A0), A1
	FENCE_R_RW
	MOV	A1, ret+8(FP)
	RET

// func Store64(p *uint64, v uint64)
TEXT ·Store64(SB),NOSPLIT,$0-16
	MOV	p+0(FP), A0
	MOV	v+8(FP), A1
	MOV	A1, (A0)
	RET

// func StoreRelease64(p *uint64, v uint64)
// Pairs with LoadAcquire64.
TEXT ·StoreRelease64(SB),NOSPLIT,$0-16
	MOV	p+0(FP), A0
	MOV	v+8(FP), A1
	FENCE_RW_W
	MOV	A1, (A0)
	RET

// func FenceAcquire()
TEXT ·FenceAcquire(SB),NOSPLIT,$0-0
	FENCE_R_RW
	RET

// func FenceFull()
// Pairs with another FenceFull: store, fence, load on both sides.
TEXT ·FenceFull(SB),NOSPLIT,$0-0
	FENCE_RW_RW
	RET

// func LoadAfterFence64(p *uint64) uint64
// Pairs with FenceFull.
TEXT ·LoadAfterFence64(SB),NOSPLIT,$0-16
	MOV	p+0(FP), A0
	FENCE_RW_RW
	MOV	(A0), A1
	MOV	A1, ret+8(FP)
	RET

// func Pause()
TEXT ·Pause(SB),NOSPLIT,$0-0
	PAUSE
	RET
