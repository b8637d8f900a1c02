#include "textflag.h"
#include "go_asm.h"
#include "priv_riscv64.h"

// Entry points, both with the MMU off, in S-mode, with A0 = hart id:
//
//	atollEntry   from the firmware; A1 = device tree. Becomes the planner.
//	·bornEntry   from hart_start or become; A1 = physical address of a layout.Start.
//
// Until satp is set the code runs where it was loaded: every symbol is relative
// to the pc, hence physical. The image's first byte lies one page before
// runtime.text.

// QUIET turns interrupts off, also what an earlier life or a boot loader left on,
// and sends faults of the early code to a handler. Changes T0.
#define QUIET(handler) \
	MOV	handler, T0; \
	CSRRW	T0, STVEC, ZERO; \
	CSRRW	ZERO, SIE, ZERO; \
	MOV	$SSTATUS_SIE, T0; \
	CSRRC	T0, SSTATUS, ZERO

// IMAGE sets reg to the physical address of the image. Changes X31.
#define IMAGE(reg) \
	MOV	$runtime·text(SB), reg; \
	MOV	$const_headerBytes, X31; \
	SUB	X31, reg

// STACK sets the stack below the fake g, for a pool that ends at T0. The g lies
// in the last but one page, of which its guard words must be 0. Changes T1.
#define STACK \
	MOV	$const_earlyG, T1; \
	SUB	T1, T0, g; \
	MOV	ZERO, 0(g); \
	MOV	ZERO, 8(g); \
	MOV	ZERO, 16(g); \
	MOV	ZERO, 24(g); \
	ADD	$-64, g, X2

TEXT atollEntry(SB),NOSPLIT|NOFRAME,$0
	QUIET($·plannerTrap(SB))
	MOV	A0, S2
	MOV	A1, S3
	IMAGE(S4)
	// The first hart only: one that firmware lets go too early on a hart_start
	// (OpenSBI 1.1 makes it startable before it writes where to) comes here, too,
	// and would plan the running machine anew. It goes back; who started it sees
	// it STOPPED and starts it once more.
	MOV	$const_claimedAt, T0
	ADD	S4, T0
	MOV	$1, T1
	AMOSWAPW	T1, (T0), T1
	BEQ	T1, ZERO, first
	JMP	·giveBack(SB)
first:
	MOV	$·enteredText(SB), S5
	CALL	·say(SB)
	// The scratch memory lies behind the pages of the data, which end at the link
	// address info.DataEnd: its distance from the link base is that in the file.
	MOV	(const_infoDataEnd)(S4), T0
	MOV	$const_linkBase, T1
	SUB	T1, T0
	MOV	$const_headerBytes, T1
	ADD	T1, T0
	ADD	$-1, T0
	SUB	T1, ZERO, T1
	AND	T1, T0
	ADD	S4, T0
	MOV	$const_scratchBytes, T1
	ADD	T1, T0
	STACK
	ADD	$-48, X2
	MOV	S4, 8(X2)
	MOV	S2, 16(X2)
	MOV	S3, 24(X2)
	MOV	S3, 40(X2) // Go code keeps no register, and may write over its arguments
	CALL	·planRow(SB)
	MOV	32(X2), A1
	MOV	40(X2), A2
	MOV	ZERO, A3
	JMP	·birth(SB)

TEXT ·bornEntry(SB),NOSPLIT|NOFRAME,$0
	QUIET($·bornTrap(SB))
	CSRRW	A1, SSCRATCH, ZERO // for ·unborn
	MOV	(const_startLife)(A1), A3
	MOV	(const_startRow)(A1), A1
	MOV	(const_rowPoolEnd)(A1), T0
	STACK
	MOV	ZERO, A2
	JMP	·birth(SB)

// birth builds the instance of the row at A1 and enters it. A2 = device tree, A3 =
// Life of the start record, 0 for the planner.
TEXT ·birth(SB),NOSPLIT|NOFRAME,$0
	FENCE_I
	IMAGE(S4)
	ADD	$-64, X2
	MOV	A1, 8(X2)
	MOV	S4, 16(X2)
	MOV	A2, 24(X2)
	MOV	A3, 32(X2)
	MOV	S4, 48(X2)
	MOV	A3, 56(X2)
	CALL	·build(SB)
	MOV	40(X2), A0
	MOV	48(X2), S4
	MOV	56(X2), S8
	// The link address of ·high: where the fetch behind the write of satp traps
	// to, for nothing is mapped at this physical address.
	MOV	$·high(SB), T0
	SUB	S4, T0
	MOV	$const_linkBase, T1
	ADD	T1, T0
	CSRRW	T0, STVEC, ZERO
	SFENCE_ALL
	CSRRW	A0, SATP, ZERO
	SFENCE_ALL
	// A hart without Sv39 ignores the write, and comes here. So may one that takes a
	// few instructions to notice.
	MOV	$100000, T0
still:
	ADD	$-1, T0
	BNE	T0, ZERO, still
	MOV	$·untranslatedText(SB), S5
	CALL	·say(SB)
	BEQ	S8, ZERO, alone
	JMP	·unborn(SB)
alone:
	JMP	·giveUp(SB)

// plannerTrap is where a fault goes before there is a page table; usually the memory
// behind the image is not there. It ends the machine, on which nobody else lives.
TEXT ·plannerTrap(SB),NOSPLIT|NOFRAME,$0
	CALL	·tellTrap(SB)
	MOV	$·hintText(SB), S5
	CALL	·say(SB)
	JMP	·giveUp(SB)

// bornTrap is the same for a hart that was started. It ends itself alone: who started
// it sees it STOPPED.
TEXT ·bornTrap(SB),NOSPLIT|NOFRAME,$0
	CALL	·tellTrap(SB)
	MOV	$·givenBackText(SB), S5
	CALL	·say(SB)
	JMP	·unborn(SB)

// tellTrap says what the hart tells of a fault. No stack: the link stays in S10.
TEXT ·tellTrap(SB),NOSPLIT|NOFRAME,$0
	MOV	X1, S10
	MOV	$·trapText(SB), S5
	CALL	·say(SB)
	CSRRS	ZERO, SCAUSE, S7
	CALL	·sayHex(SB)
	MOV	$·pcText(SB), S5
	CALL	·say(SB)
	CSRRS	ZERO, SEPC, S7
	CALL	·sayHex(SB)
	MOV	$·addressText(SB), S5
	CALL	·say(SB)
	CSRRS	ZERO, STVAL, S7
	CALL	·sayHex(SB)
	JMP	(S10)

// unborn ends a hart that was started and cannot be born. It marks its crash page, so
// that nobody takes it for one that firmware let go too early, and starts it again.
// sscratch is the physical address of its layout.Start.
TEXT ·unborn(SB),NOSPLIT|NOFRAME,$0
	MOV	$·giveBack(SB), T0
	CSRRW	T0, STVEC, ZERO // that page may be missing, too
	CSRRS	ZERO, SSCRATCH, T0
	MOVWU	(const_startLife)(T0), T1 // the incarnation is its low half
	MOV	(const_startRow)(T0), T2
	MOV	(const_rowCrash)(T2), T2
	BEQ	T2, ZERO, unmarked
	MOV	T1, (const_crashIncarnation)(T2)
	MOV	$const_causeTrap, T1
	MOV	T1, (const_crashCause)(T2)
	MOV	ZERO, (const_crashStatus)(T2)
	MOV	ZERO, (const_crashLength)(T2)
	CSRRS	ZERO, TIME, T1
	MOV	T1, (const_crashTime)(T2)
	FENCE
	MOV	$const_crashMagic, T1
	MOV	T1, (const_crashMark)(T2)
	FENCE
unmarked:
	JMP	·giveBack(SB)

// giveBack gives the hart back to the firmware (HSM hart_stop), which fails nowhere.
TEXT ·giveBack(SB),NOSPLIT|NOFRAME,$0
	MOV	$1, A6
	MOV	$0x48534d, A7
	ECALL
	WFI
	JMP	-1(PC)

// giveUp powers the machine off (SRST, then legacy shutdown), or stops the hart.
TEXT ·giveUp(SB),NOSPLIT|NOFRAME,$0
	MOV	ZERO, A0
	MOV	$1, A1 // system failure
	MOV	ZERO, A6
	MOV	$0x53525354, A7
	ECALL
	MOV	$8, A7
	ECALL
stop:
	WFI
	JMP	stop

// high is the first code at the link address.
TEXT ·high(SB),NOSPLIT|NOFRAME,$0
	SFENCE_ALL
	MOV	$const_coreArea, TP
	MOV	(core_row+const_rowCore)(TP), S8
	ADD	$1, S8 // 0: the planner, which has its steps told
	BNE	S8, ZERO, traps
	MOV	$·trapsText(SB), S5
	CALL	·say(SB)
traps:
	CALL	·closeUser(SB)
	MOV	$·trapEntry(SB), T0
	CSRRW	T0, STVEC, ZERO
	MOV	core_cur(TP), T0
	CSRRW	T0, SSCRATCH, ZERO
	// FP on, its registers clean.
	MOV	$SSTATUS_FS, T0
	CSRRC	T0, SSTATUS, ZERO
	MOV	$SSTATUS_FS_HI, T0
	CSRRS	T0, SSTATUS, ZERO
	MOV	$const_firstSP, X2
	MOV	$const_allInterrupts, T0
	CSRRW	T0, SIE, ZERO
	BNE	S8, ZERO, runtime
	MOV	$·runtimeText(SB), S5
	CALL	·say(SB)
runtime:
	MOV	ZERO, g
	MOV	$SSTATUS_SIE, T0
	CSRRS	T0, SSTATUS, ZERO
	JMP	_rt0_riscv64_linux(SB)

// closeUser takes from U-mode what firmware or a boot loader may have left open: vectors,
// whose registers nobody saves (OpenSBI turns them on), big-endian loads, counters but
// cycle, time and instret, and what senvcfg permits: cbo.inval could bring back what
// was in a page before it was cleared. It also takes from the kernel what would let a
// wild pointer of its reach user memory (SUM, MXR). Changes T0 and stvec.
TEXT ·closeUser(SB),NOSPLIT|NOFRAME,$0
	MOV	$(SSTATUS_VS|SSTATUS_UBE|SSTATUS_SUM|SSTATUS_MXR), T0
	CSRRC	T0, SSTATUS, ZERO
	MOV	$USER_COUNTERS, T0
	CSRRW	T0, SCOUNTEREN, ZERO
	MOV	$·closed(SB), T0
	CSRRW	T0, STVEC, ZERO
	CSRRW	ZERO, SENVCFG, ZERO
	JMP	·closed(SB)

// closed is where a hart without senvcfg (before version 1.12 of the Privileged
// Architecture) traps to.
TEXT ·closed(SB),NOSPLIT|NOFRAME,$0
	RET

// func bornAddr() uintptr
TEXT ·bornAddr(SB),NOSPLIT|NOFRAME,$0-8
	MOV	$·bornEntry(SB), T0
	MOV	T0, ret+0(FP)
	RET

// func leaveMMU(off, hart, start uintptr)
// Goes on at physical address off, which the root table maps to itself.
TEXT ·leaveMMU(SB),NOSPLIT|NOFRAME,$0-24
	MOV	off+0(FP), T0
	MOV	hart+8(FP), A0
	MOV	start+16(FP), A1
	SFENCE_ALL
	JMP	(T0)

// off turns the MMU off and is born again. Runs at its physical address.
TEXT ·off(SB),NOSPLIT|NOFRAME,$0
	CSRRW	ZERO, SATP, ZERO
	SFENCE_ALL
	JMP	·bornEntry(SB)

// func offAddr() uintptr
TEXT ·offAddr(SB),NOSPLIT|NOFRAME,$0-8
	MOV	$·off(SB), T0
	MOV	T0, ret+0(FP)
	RET

// func sigReturnAddr() uintptr
TEXT ·sigReturnAddr(SB),NOSPLIT|NOFRAME,$0-8
	MOV	$·sigReturn1(SB), T0
	MOV	T0, ret+0(FP)
	RET

// func ecallAddr() uintptr
TEXT ·ecallAddr(SB),NOSPLIT|NOFRAME,$0-8
	MOV	$atollEcall(SB), T0
	MOV	T0, ret+0(FP)
	RET

// sigReturn1 is where a signal handler returns to (X1): rt_sigreturn.
TEXT ·sigReturn1(SB),NOSPLIT|NOFRAME,$0
	MOV	$139, A7
	MOV	$atollEcall(SB), X5
	JALR	X5, X5

// func call(number, a0, a1, a2, a3 uintptr) uintptr
TEXT ·call(SB),NOSPLIT,$0-48
	MOV	number+0(FP), A7
	MOV	a0+8(FP), A0
	MOV	a1+16(FP), A1
	MOV	a2+24(FP), A2
	MOV	a3+32(FP), A3
	MOV	$atollEcall(SB), X5
	JALR	X5, X5
	MOV	A0, ret+40(FP)
	RET
