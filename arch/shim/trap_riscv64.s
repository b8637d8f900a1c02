#include "textflag.h"
#include "go_asm.h"
#include "priv_riscv64.h"
#include "save_riscv64.h"

// Ways into the shim and back.
//
//	atollEcall  from the runtime, in place of a Linux system call
//	trapEntry   from the hardware (stvec): interrupts and faults in S-mode, and
//	            the end of a run in U-mode
//	resume      out of the shim, into the current thread or the faulting shim
//
// sscratch holds the save area of whoever runs: the current thread outside the
// shim (depth 0), a nested save area within it, a User in U-mode. TP holds the address
// of the core area and never changes in S-mode. The shim runs with interrupts off on a stack of its
// own depth with a fake g whose stack guard is 0.

// ENTER, with all registers saved: the stack and the save area for a fault at
// this depth, one level deeper. X5 = depth, X6 = its table row, X7 = save area.
#define ENTER \
	MOV	core_depth(TP), X5; \
	SLL	$3, X5, X6; \
	ADD	TP, X6, X6; \
	MOV	core_stacks(X6), X2; \
	MOV	core_nest(X6), X7; \
	CSRRW	X7, SSCRATCH, ZERO; \
	ADD	$1, X5; \
	MOV	X5, core_depth(TP); \
	ADD	$core_fakeG, TP, g

// atollEcall stands in for ECALL in the runtime's two assembly files: A7 is the
// number, A0-A5 the arguments, X5 the link. As Linux does, it preserves every
// register but A0 (and X5 and X31, which that code does not use).
TEXT atollEcall(SB),NOSPLIT|NOFRAME,$0
	MOV	$SSTATUS_SIE, X31
	CSRRC	X31, SSTATUS, ZERO
	MOV	$113, X31 // clock_gettime
	BEQ	A7, X31, clock
	MOV	core_cur(TP), X31
	SAVE
	MOV	ZERO, thread_full(X31)
	ENTER
	CALL	·ecall(SB)
	JMP	·resume(SB)

clock:
	// clock_gettime(A0 = clock, A1 = *timespec) without a save: it is on the path
	// of every scheduling decision of the runtime.
	MOV	X6, (core_tmp+0)(TP)
	MOV	X7, (core_tmp+8)(TP)
	CSRRS	ZERO, TIME, X6
	MOV	core_mult(TP), X7
	MULHU	X7, X6, X31
	MUL	X7, X6, X6
	SRL	$24, X6
	SLL	$40, X31
	OR	X31, X6 // X6 = nanoseconds since time 0
	BNE	A0, ZERO, monotonic
	MOV	core_wall(TP), X31
	ADD	X31, X6
monotonic:
	MOV	$1000000000, X31
	DIVU	X31, X6, X7
	REMU	X31, X6, X6
	MOV	X7, 0(A1)
	MOV	X6, 8(A1)
	MOV	(core_tmp+0)(TP), X6
	MOV	(core_tmp+8)(TP), X7
	MOV	ZERO, A0
	MOV	$SSTATUS_SIE, X31
	CSRRS	X31, SSTATUS, ZERO
	JMP	(X5)

// trapEntry is where stvec points. SIE is off; X31 of the trapped code goes to
// sscratch for a moment. What comes from U-mode returns to who called enterUser
// (user_riscv64.s); an interrupt is still pending then, and is taken as soon as they are on.
TEXT ·trapEntry(SB),NOSPLIT|NOFRAME,$0
	CSRRW	X31, SSCRATCH, X31
	SAVE
	CSRRW	X31, SSCRATCH, X5
	MOV	X5, (thread_x+248)(X31)
	CSRRS	ZERO, SEPC, X5
	MOV	X5, thread_pc(X31)
	CSRRS	ZERO, SCAUSE, X5
	MOV	X5, thread_cause(X31)
	CSRRS	ZERO, STVAL, X5
	MOV	X5, thread_tval(X31)
	CSRRS	ZERO, SSTATUS, X5
	MOV	$const_coreArea, TP // U-mode may have had anything there
	// FP registers only if they changed since they were last saved.
	BLT	X5, ZERO, dirty
clean:
	AND	$SSTATUS_SPP, X5, X7
	BNE	X7, ZERO, kernel
	MOV	core_cur(TP), X6
	MOV	core_userLink(TP), X1
	MOV	core_userSP(TP), X2
	MOV	core_userG(TP), g
	CSRRW	X6, SSCRATCH, ZERO // from here on a fault is the thread's
	CSRRS	$SSTATUS_SIE, SSTATUS, ZERO
	RET
kernel:
	MOV	X5, thread_status(X31)
	MOV	$1, X6
	MOV	X6, thread_full(X31)
	MOV	X31, core_saved(TP)
	ENTER
	CALL	·trap(SB)
	JMP	·resume(SB)
dirty:
	CALL	·saveFP(SB)
	JMP	clean

// resume returns to the current thread, or at a greater depth to the shim code
// that faulted.
TEXT ·resume(SB),NOSPLIT|NOFRAME,$0
	MOV	core_depth(TP), X5
	ADD	$-1, X5
	MOV	X5, core_depth(TP)
	MOV	core_cur(TP), X31
	BEQ	X5, ZERO, outside
	SLL	$3, X5, X6
	ADD	TP, X6, X6
	MOV	(core_nest-8)(X6), X31
outside:
	CSRRW	X31, SSCRATCH, ZERO
	MOV	thread_full(X31), X6
	BEQ	X6, ZERO, call
	MOV	core_fpOwner(TP), X6
	BEQ	X6, X31, ours
	BNE	X5, ZERO, ours // the shim uses no FP
	CALL	·loadFP(SB)
ours:
	MOV	thread_pc(X31), X5
	CSRRW	X5, SEPC, ZERO
	// Who was interrupted between LR and SC must not find its reservation: others
	// may have written there since (Unprivileged ISA, "Load-Reserved/Store-
	// Conditional"). Any SC ends it; x[0] is unused. QEMU would do without.
	SCD	ZERO, (X31), X5
	// Back to S-mode, with interrupts as they were (SPIE as saved).
	MOV	$(SSTATUS_SPP|SSTATUS_SPIE), X5
	CSRRS	X5, SSTATUS, ZERO
	MOV	thread_status(X31), X5
	MOV	$SSTATUS_SPIE, X6
	AND	X6, X5
	XOR	X6, X5
	CSRRC	X5, SSTATUS, ZERO
	LOAD
	MOV	(thread_x+40)(X31), X5
	MOV	(thread_x+248)(X31), X31
	SRET

call:
	MOV	X31, core_fpOwner(TP)
	LOAD
	MOV	(thread_x+40)(X31), X5
	MOV	$SSTATUS_SIE, X31
	CSRRS	X31, SSTATUS, ZERO
	JMP	(X5)

// saveFP saves the FP registers to the save area in X31 and marks them clean.
// Changes X7.
TEXT ·saveFP(SB),NOSPLIT|NOFRAME,$0
	MOVD	F0, (thread_f+0)(X31)
	MOVD	F1, (thread_f+8)(X31)
	MOVD	F2, (thread_f+16)(X31)
	MOVD	F3, (thread_f+24)(X31)
	MOVD	F4, (thread_f+32)(X31)
	MOVD	F5, (thread_f+40)(X31)
	MOVD	F6, (thread_f+48)(X31)
	MOVD	F7, (thread_f+56)(X31)
	MOVD	F8, (thread_f+64)(X31)
	MOVD	F9, (thread_f+72)(X31)
	MOVD	F10, (thread_f+80)(X31)
	MOVD	F11, (thread_f+88)(X31)
	MOVD	F12, (thread_f+96)(X31)
	MOVD	F13, (thread_f+104)(X31)
	MOVD	F14, (thread_f+112)(X31)
	MOVD	F15, (thread_f+120)(X31)
	MOVD	F16, (thread_f+128)(X31)
	MOVD	F17, (thread_f+136)(X31)
	MOVD	F18, (thread_f+144)(X31)
	MOVD	F19, (thread_f+152)(X31)
	MOVD	F20, (thread_f+160)(X31)
	MOVD	F21, (thread_f+168)(X31)
	MOVD	F22, (thread_f+176)(X31)
	MOVD	F23, (thread_f+184)(X31)
	MOVD	F24, (thread_f+192)(X31)
	MOVD	F25, (thread_f+200)(X31)
	MOVD	F26, (thread_f+208)(X31)
	MOVD	F27, (thread_f+216)(X31)
	MOVD	F28, (thread_f+224)(X31)
	MOVD	F29, (thread_f+232)(X31)
	MOVD	F30, (thread_f+240)(X31)
	MOVD	F31, (thread_f+248)(X31)
	CSRRS	ZERO, FCSR, X7
	MOV	X7, thread_fcsr(X31)
	MOV	$1, X7
	MOV	X7, thread_fpUsed(X31)
	MOV	ZERO, core_fpZero(TP)
	MOV	$SSTATUS_FS_LO, X7
	CSRRC	X7, SSTATUS, ZERO
	RET

// loadFP loads the FP registers from the save area in X31, marks them clean and
// the thread as their owner. Changes X5.
TEXT ·loadFP(SB),NOSPLIT|NOFRAME,$0
	MOV	X31, core_fpOwner(TP)
	MOV	ZERO, core_fpZero(TP)
	MOVD	(thread_f+0)(X31), F0
	MOVD	(thread_f+8)(X31), F1
	MOVD	(thread_f+16)(X31), F2
	MOVD	(thread_f+24)(X31), F3
	MOVD	(thread_f+32)(X31), F4
	MOVD	(thread_f+40)(X31), F5
	MOVD	(thread_f+48)(X31), F6
	MOVD	(thread_f+56)(X31), F7
	MOVD	(thread_f+64)(X31), F8
	MOVD	(thread_f+72)(X31), F9
	MOVD	(thread_f+80)(X31), F10
	MOVD	(thread_f+88)(X31), F11
	MOVD	(thread_f+96)(X31), F12
	MOVD	(thread_f+104)(X31), F13
	MOVD	(thread_f+112)(X31), F14
	MOVD	(thread_f+120)(X31), F15
	MOVD	(thread_f+128)(X31), F16
	MOVD	(thread_f+136)(X31), F17
	MOVD	(thread_f+144)(X31), F18
	MOVD	(thread_f+152)(X31), F19
	MOVD	(thread_f+160)(X31), F20
	MOVD	(thread_f+168)(X31), F21
	MOVD	(thread_f+176)(X31), F22
	MOVD	(thread_f+184)(X31), F23
	MOVD	(thread_f+192)(X31), F24
	MOVD	(thread_f+200)(X31), F25
	MOVD	(thread_f+208)(X31), F26
	MOVD	(thread_f+216)(X31), F27
	MOVD	(thread_f+224)(X31), F28
	MOVD	(thread_f+232)(X31), F29
	MOVD	(thread_f+240)(X31), F30
	MOVD	(thread_f+248)(X31), F31
	MOV	thread_fcsr(X31), X5
	CSRRW	X5, FCSR, ZERO
	MOV	$SSTATUS_FS_LO, X5
	CSRRC	X5, SSTATUS, ZERO
	RET
