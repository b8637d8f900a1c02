#include "textflag.h"
#include "fence_riscv64.h"

// func PingBare(mine, theirs *uint64, first, n, spins uint64) uint64
TEXT ·PingBare(SB),NOSPLIT,$0-48
	MOV	mine+0(FP), A0
	MOV	theirs+8(FP), A1
	MOV	first+16(FP), A2	// A2 = the number to send
	MOV	n+24(FP), A3
	MOV	spins+32(FP), A4
	MOV	$0, A5			// A5 = round trips done
	BEQZ	A3, done
send:
	FENCE_RW_W
	MOV	A2, (A0)
	MOV	A4, A6			// A6 = loads left
poll:
	BEQZ	A6, done
	ADD	$-1, A6
	MOV	(A1), A7
	FENCE_R_RW			// of each look, as in Take
	BNE	A7, A2, poll
	ADD	$1, A2
	ADD	$1, A5
	BNE	A5, A3, send
done:
	MOV	A5, ret+40(FP)
	RET

// func PongBare(mine, theirs *uint64, first, n, spins uint64) uint64
TEXT ·PongBare(SB),NOSPLIT,$0-48
	MOV	mine+0(FP), A0
	MOV	theirs+8(FP), A1
	MOV	first+16(FP), A2	// A2 = the number to wait for
	MOV	n+24(FP), A3
	MOV	spins+32(FP), A4
	MOV	$0, A5			// A5 = round trips done
	BEQZ	A3, done
next:
	MOV	A4, A6			// A6 = loads left
poll:
	BEQZ	A6, done
	ADD	$-1, A6
	MOV	(A1), A7
	FENCE_R_RW			// of each look, as in Take
	BNE	A7, A2, poll
	FENCE_RW_W
	MOV	A2, (A0)
	ADD	$1, A2
	ADD	$1, A5
	BNE	A5, A3, next
done:
	MOV	A5, ret+40(FP)
	RET
