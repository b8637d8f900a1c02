#include "textflag.h"
#include "go_asm.h"
#include "fence_riscv64.h"

// Offsets in a slot and, the same, in a Message: payload, then one word.
#define LAST 56
// The shift that isolates the sequence number of a control word.
#define SEQ 48

// COPY moves the seven words of payload from SRC to DST.
// Uses T0-T5 and A6.
#define COPY(SRC, DST) \
	MOV	0(SRC), T0; \
	MOV	8(SRC), T1; \
	MOV	16(SRC), T2; \
	MOV	24(SRC), T3; \
	MOV	32(SRC), T4; \
	MOV	40(SRC), T5; \
	MOV	48(SRC), A6; \
	MOV	T0, 0(DST); \
	MOV	T1, 8(DST); \
	MOV	T2, 16(DST); \
	MOV	T3, 24(DST); \
	MOV	T4, 32(DST); \
	MOV	T5, 40(DST); \
	MOV	A6, 48(DST)

// PUT publishes a message of the type A1, at A4, in the slot at A2 in the ring of the writer
// A0, and moves on. Leaves 1 in A5.
#define PUT \
	MOV	Writer_ring(A0), A3; \
	ADD	A2, A3;			/* A3 = the slot */ \
	COPY(A4, A3);			/* S1 */ \
	MOV	Writer_control(A0), A4; \
	OR	A4, A1; \
	FENCE_RW_W;			/* S2 */ \
	MOV	A1, LAST(A3);		/* S3 */ \
	MOV	$1, A5; \
	SLL	$SEQ, A5, A6; \
	ADD	A6, A4; \
	MOV	A4, Writer_control(A0); \
	ADD	$Slot__size, A2; \
	MOV	A2, Writer_off(A0)

// func Put(w *Writer, typ uint16, m *[7]uint64) bool
// The jump to putStop is a tail call: it has the same arguments and result.
TEXT ·Put(SB),NOSPLIT,$0-25
	MOV	w+0(FP), A0
	MOVHU	typ+8(FP), A1
	MOV	Writer_off(A0), A2
	MOV	Writer_stop(A0), A3
	BEQ	A2, A3, stop
	BEQZ	A1, stop
	MOV	m+16(FP), A4
	PUT
	MOVB	A5, ret+24(FP)
	RET
stop:
	JMP	·putStop(SB)

// func PutLook(w *Writer, typ uint16, m *[7]uint64, p *uint64) (word uint64, ok bool)
// As Put, and the jump to putLookStop likewise. The fence pairs with FenceFull.
TEXT ·PutLook(SB),NOSPLIT,$0-41
	MOV	w+0(FP), A0
	MOVHU	typ+8(FP), A1
	MOV	Writer_off(A0), A2
	MOV	Writer_stop(A0), A3
	BEQ	A2, A3, stop
	BEQZ	A1, stop
	MOV	m+16(FP), A4
	PUT
	MOV	p+24(FP), A1
	FENCE_RW_RW
	MOV	(A1), A2
	MOV	A2, word+32(FP)
	MOVB	A5, ok+40(FP)
	RET
stop:
	JMP	·putLookStop(SB)

// func Take(r *Reader, m *Message, looks uint64) bool
// What comes between the look that finds a message and the return is what the
// sender of a request waits for, so that the arguments are loaded before. The fence
// between two looks keeps a processor that runs ahead from having many looks under
// way, which it must throw away when the word changes. The jump to takeOdd is a tail
// call, as above.
TEXT ·Take(SB),NOSPLIT,$0-25
	MOV	r+0(FP), A0
	MOV	Reader_off(A0), A1
	MOV	Reader_ring(A0), A2
	MOV	Reader_want(A0), A3
	ADD	A1, A2			// A2 = the slot
	MOV	m+8(FP), S2
	MOV	looks+16(FP), A7
look:
	MOV	LAST(A2), A4		// R1: the only load of the control word in a look
	SUB	A3, A4, A5		// A5 = the type, if this is the message
	SRL	$16, A5, A6
	BEQZ	A6, found
	ADD	$-1, A7
	BGE	ZERO, A7, vain
	FENCE_R_RW			// no look begins before the last has ended
	JMP	look
vain:
	MOV	$const_Slots, A6
	SLL	$SEQ, A6
	ADD	A6, A5			// A5 = the type of the message a lap ago
	SRL	$16, A5
	BNEZ	A5, odd
	MOV	Reader_empty(A0), A1
	ADD	$1, A1
	MOV	A1, Reader_empty(A0)
	MOVB	ZERO, ret+24(FP)
	RET
found:
	BEQZ	A5, odd
	FENCE_R_RW			// R2
	COPY(A2, S2)			// R3
	MOVH	A5, LAST(S2)
	MOV	$1, A5
	SLL	$SEQ, A5, A6
	ADD	A6, A3
	MOV	A3, Reader_want(A0)
	ADD	$Slot__size, A1
	MOV	A1, Reader_off(A0)
	MOV	Reader_stop(A0), A2
	MOVB	A5, ret+24(FP)
	BEQ	A1, A2, stop
	RET
stop:
	// As takeStop in Go. A1 = the offset, A2 = messages of earlier laps.
	MOV	Reader_base(A0), A2
	MOV	Reader_start(A0), A3
	SUB	A3, A2, A3
	SRL	$6, A1, A4
	ADD	A4, A3			// A3 = messages of this link
	SLL	$32, A3
	SRL	$32, A3
	MOV	Reader_self(A0), A4
	OR	A4, A3
	MOV	Reader_ack(A0), A4
	FENCE_RW_W			// R4
	MOV	A3, (A4)		// R5
	MOV	Reader_acks(A0), A3
	ADD	$1, A3
	MOV	A3, Reader_acks(A0)
	MOV	$const_ringSize, A3
	BNE	A1, A3, further
	ADD	$const_Slots, A2
	MOV	A2, Reader_base(A0)
	MOV	ZERO, A1
	MOV	A1, Reader_off(A0)
further:
	ADD	$const_stride, A1
	BLTU	A1, A3, within
	MOV	A3, A1
within:
	MOV	A1, Reader_stop(A0)
	RET
odd:
	MOV	A4, Reader_odd(A0)
	JMP	·takeOdd(SB)

// func Pending(r *Reader) bool
// The load is R1 of a later Take as little as any poll is: it orders nothing.
TEXT ·Pending(SB),NOSPLIT,$0-9
	MOV	r+0(FP), A0
	MOV	Reader_off(A0), A1
	MOV	Reader_ring(A0), A2
	MOV	Reader_want(A0), A3
	ADD	A1, A2
	MOV	LAST(A2), A4
	MOV	$const_Slots, A5
	SLL	$SEQ, A5
	SUB	A5, A3
	SUB	A3, A4			// A4 = the type of the message a lap ago
	SRL	$16, A4
	SNEZ	A4, A4
	MOVB	A4, ret+8(FP)
	RET
