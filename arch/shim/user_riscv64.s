#include "textflag.h"
#include "funcdata.h"
#include "go_asm.h"
#include "priv_riscv64.h"
#include "save_riscv64.h"

// func runUser(u *User, serve func() *User)
// Runs u in U-mode until a trap, then whom serve returns, until that is nil. S-mode Go,
// interrupts on, on the goroutine's stack, which serve may move.
//
// serve is called as the compiler calls any function value (ABIInternal: Go,
// src/cmd/compile/abi-internal.md): X26 = the value, its first word the code, the result in
// X10. A wrapper from ABI0 and one back would take as long as half of the trap.
TEXT ·runUser(SB),0,$8-16
	NO_LOCAL_POINTERS
	MOV	u+0(FP), X31
	MOV	g, core_userG(TP)
run:
	CALL	·enterUser(SB)
	MOV	serve+8(FP), X26
	MOV	0(X26), X5
	CALL	X5
	MOV	X10, X31
	BNE	X31, ZERO, run
	RET

// enterUser enters U-mode with the registers of the User in X31; it returns, by way of
// trapEntry, at the next trap, or at once if there is to be no run: CauseStopped. It may
// change every register but SP, g and TP.
TEXT ·enterUser(SB),NOSPLIT|NOFRAME,$0
	// SPP is set if there has been no SRET since a trap in S-mode, or in this life.
	MOV	$(SSTATUS_SIE|SSTATUS_SPP), X5
	CSRRC	X5, SSTATUS, X5 // X5 = what it was
	// From here on nobody else runs on this hart, so nobody can set it too late.
	MOV	core_userStop(TP), X6
	BNE	X6, ZERO, stopped
	// What trapEntry needs: the goroutine is that of runUser.
	MOV	X1, core_userLink(TP)
	MOV	X2, core_userSP(TP)
	CSRRW	X31, SSCRATCH, ZERO
	// FP registers, unless they are still what they were: nobody else has loaded
	// any since, and Go has not written one.
	MOV	core_fpOwner(TP), X7
	BNE	X7, X31, other
	BLT	X5, ZERO, load
loaded:
	MOV	thread_pc(X31), X5
	CSRRW	X5, SEPC, ZERO
	SCD	ZERO, (X31), X5 // ends a reservation, see resume; x[0] is unused
	LOAD
	MOV	(thread_x+32)(X31), TP
	MOV	(thread_x+40)(X31), X5
	MOV	(thread_x+248)(X31), X31
	SRET
other: // somebody else had the FP registers, and perhaps the address space
	MOV	User_Root(X31), X6
	MOV	core_userRoot(TP), X7
	BEQ	X6, X7, same
	MOV	X6, core_userRoot(TP)
	BNE	X6, ZERO, root
	MOV	core_ownRoot(TP), X6
root:
	SRL	$12, X6
	MOV	$SATP_SV39, X7
	OR	X7, X6
	CSRRW	X6, SATP, ZERO
	SFENCE_ALL
same:
	// Who never wrote one needs none loaded after another like it.
	BLT	X5, ZERO, load
	MOV	User_fpUsed(X31), X6
	MOV	core_fpZero(TP), X7
	BGEU	X6, X7, load
	MOV	X31, core_fpOwner(TP)
	JMP	loaded
load:
	CALL	·loadFP(SB) // X1 is in the core area
	MOV	User_fpUsed(X31), X5
	XOR	$1, X5
	MOV	X5, core_fpZero(TP)
	JMP	loaded
stopped:
	MOV	$const_CauseStopped, X5
	MOV	X5, thread_cause(X31)
	CSRRS	$SSTATUS_SIE, SSTATUS, ZERO
	RET
