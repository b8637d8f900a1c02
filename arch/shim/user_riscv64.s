#include "textflag.h"
#include "go_asm.h"
#include "priv_riscv64.h"
#include "save_riscv64.h"

// func enterUser(u *User, stop *uint32, until uint64) bool
// Enters U-mode; returns, by way of fromUser, at the next trap. S-mode Go, interrupts
// on, on the goroutine's stack. To Go it is an assembly function like any other: by
// ABI0 it may change every register but SP, g and (by the shim's rule) TP.
TEXT ·enterUser(SB),NOSPLIT|NOFRAME,$0-25
	MOV	u+0(FP), X31
	MOV	stop+8(FP), X6
	MOV	until+16(FP), X7
	MOV	$SSTATUS_SIE, X5
	CSRRC	X5, SSTATUS, ZERO
	// From here on nobody else runs on this hart, so nobody can set it too late.
	MOVWU	(X6), X6
	BNE	X6, ZERO, stopped
	MOV	core_userEnd(TP), X6
	BNE	X6, X7, stopped // the time has come, and its interrupt, before we came here
	// What fromUser needs, into the thread's own save area, unused outside the shim.
	MOV	core_cur(TP), X6
	MOV	X1, (thread_x+8)(X6)
	MOV	X2, (thread_x+16)(X6)
	MOV	g, (thread_x+216)(X6)
	CSRRW	X31, SSCRATCH, ZERO
	// FP registers, unless they are still what they were: nobody else has loaded
	// any since, and Go has not written one (FS dirty).
	MOV	core_fpOwner(TP), X7
	BNE	X7, X31, load
	CSRRS	ZERO, SSTATUS, X5
	MOV	$SSTATUS_FS, X7
	AND	X7, X5
	BNE	X5, X7, loaded
load:
	CALL	·loadFP(SB)
loaded:
	MOV	thread_pc(X31), X5
	CSRRW	X5, SEPC, ZERO
	SCD	ZERO, (X31), X5 // ends a reservation, see resume; x[0] is unused
	MOV	$SSTATUS_SPP, X5 // set if there has been no SRET in this life yet
	CSRRC	X5, SSTATUS, ZERO
	LOAD
	MOV	(thread_x+32)(X31), TP
	MOV	(thread_x+40)(X31), X5
	MOV	(thread_x+248)(X31), X31
	SRET
stopped:
	CSRRS	X5, SSTATUS, ZERO
	MOVB	ZERO, ret+24(FP)
	RET

// fromUser is the way of trapEntry for a trap from U-mode: X31 = the User, all saved,
// TP = core area, interrupts off. It returns to who called enterUser; an interrupt is
// still pending then, and is taken as soon as they are on.
TEXT ·fromUser(SB),NOSPLIT|NOFRAME,$0
	MOV	X31, core_fpOwner(TP)
	MOV	core_cur(TP), X6
	CSRRW	X6, SSCRATCH, ZERO
	MOV	(thread_x+8)(X6), X1
	MOV	(thread_x+16)(X6), X2
	MOV	(thread_x+216)(X6), g
	MOV	$1, X5
	MOVB	X5, (8+24)(X2) // enterUser's result: SP is that of its entry
	MOV	$SSTATUS_SIE, X5
	CSRRS	X5, SSTATUS, ZERO
	RET
