#include "textflag.h"
#include "fence_riscv64.h"

// The fences and what each orders are explained in doc.go. A0 = address,
// A1 = value throughout.

// func Load8(addr uintptr) uint8
TEXT ·Load8(SB),NOSPLIT|NOFRAME,$0-9
	MOV	addr+0(FP), A0
	FENCE_O_I
	MOVBU	(A0), A1
	FENCE_I_IORW
	MOVB	A1, ret+8(FP)
	RET

// func Load16(addr uintptr) uint16
TEXT ·Load16(SB),NOSPLIT|NOFRAME,$0-10
	MOV	addr+0(FP), A0
	FENCE_O_I
	MOVHU	(A0), A1
	FENCE_I_IORW
	MOVH	A1, ret+8(FP)
	RET

// func Load32(addr uintptr) uint32
TEXT ·Load32(SB),NOSPLIT|NOFRAME,$0-12
	MOV	addr+0(FP), A0
	FENCE_O_I
	MOVWU	(A0), A1
	FENCE_I_IORW
	MOVW	A1, ret+8(FP)
	RET

// func Load64(addr uintptr) uint64
TEXT ·Load64(SB),NOSPLIT|NOFRAME,$0-16
	MOV	addr+0(FP), A0
	FENCE_O_I
	MOV	(A0), A1
	FENCE_I_IORW
	MOV	A1, ret+8(FP)
	RET

// func Store8(addr uintptr, v uint8)
TEXT ·Store8(SB),NOSPLIT|NOFRAME,$0-9
	MOV	addr+0(FP), A0
	MOVBU	v+8(FP), A1
	FENCE_IORW_O
	MOVB	A1, (A0)
	RET

// func Store16(addr uintptr, v uint16)
TEXT ·Store16(SB),NOSPLIT|NOFRAME,$0-10
	MOV	addr+0(FP), A0
	MOVHU	v+8(FP), A1
	FENCE_IORW_O
	MOVH	A1, (A0)
	RET

// func Store32(addr uintptr, v uint32)
TEXT ·Store32(SB),NOSPLIT|NOFRAME,$0-12
	MOV	addr+0(FP), A0
	MOVWU	v+8(FP), A1
	FENCE_IORW_O
	MOVW	A1, (A0)
	RET

// func Store64(addr uintptr, v uint64)
TEXT ·Store64(SB),NOSPLIT|NOFRAME,$0-16
	MOV	addr+0(FP), A0
	MOV	v+8(FP), A1
	FENCE_IORW_O
	MOV	A1, (A0)
	RET
