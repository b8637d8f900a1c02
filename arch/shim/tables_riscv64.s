#include "textflag.h"
#include "go_asm.h"
#include "priv_riscv64.h"

// func writeEntry(table, index, entry uintptr)
// S-mode Go, interrupts on. They are off while it uses the table window, which is the shim's,
// so that nobody else does.
TEXT ·writeEntry(SB),NOSPLIT|NOFRAME,$0-24
	MOV	table+0(FP), A1
	MOV	index+8(FP), A3
	MOV	entry+16(FP), A4
	SLL	$3, A3
	MOV	$const_pageWindow, A0
	MOV	$SSTATUS_SIE, X5
	CSRRC	X5, SSTATUS, ZERO
	MOV	(core_mem+memory_slots+const_slotPage*8)(TP), X6
	BEQ	X6, A1, shown
	SRL	$2, A1, A2 // the number of a page is two bits lower in an entry
	OR	$const_windowFlags, A2
	MOV	$const_pageEntry, X6
	MOV	A2, (X6)
	SFENCE_A0
	MOV	A1, (core_mem+memory_slots+const_slotPage*8)(TP)
shown:
	ADD	A3, A0
	MOV	A4, (A0)
	CSRRS	X5, SSTATUS, ZERO
	RET
