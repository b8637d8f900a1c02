#include "textflag.h"

// The host knows the call by these three instructions in a row. They must be
// uncompressed and in one page (RISC-V Semihosting 0.4, section "Semihosting
// trap instruction sequence"), so none is left to the assembler's choice.
#define SEMIHOST_ENTER	WORD $0x01f01013	// slli x0, x0, 0x1f
#define SEMIHOST_TRAP	WORD $0x00100073	// ebreak
#define SEMIHOST_LEAVE	WORD $0x40705013	// srai x0, x0, 7

#define SYS_EXIT	0x18
#define APPLICATION_EXIT	0x20026	// ADP_Stopped_ApplicationExit

// func Exit(code uint64)
//
// A0 = operation, A1 = address of the block {reason, code} on our stack.
TEXT ·Exit(SB),NOSPLIT,$16-8
	MOV	code+0(FP), A2
	MOV	$APPLICATION_EXIT, A1
	MOV	A1, reason-16(SP)
	MOV	A2, code-8(SP)
	MOV	$reason-16(SP), A1
	MOV	$SYS_EXIT, A0
	CALL	·call(SB)
	RET

// call begins on 16 bytes, so that its three instructions lie in one page and the
// EBREAK 4 bytes behind its symbol.
TEXT ·call(SB),NOSPLIT|NOFRAME,$0
	PCALIGN	$16
	SEMIHOST_ENTER
	SEMIHOST_TRAP
	SEMIHOST_LEAVE
	RET

// func TrapPC() uintptr
TEXT ·TrapPC(SB),NOSPLIT|NOFRAME,$0-8
	MOV	$·call(SB), A0
	ADD	$4, A0
	MOV	A0, ret+0(FP)
	RET
