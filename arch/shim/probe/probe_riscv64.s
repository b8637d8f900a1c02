#include "textflag.h"
#include "go_asm.h"

// LOADX loads X1-X29 but the untouchable ones from the Registers in X31.
#define LOADX \
	MOV	(Registers_X+8)(X31), X1; \
	MOV	(Registers_X+24)(X31), GP; \
	MOV	(Registers_X+40)(X31), X5; \
	MOV	(Registers_X+48)(X31), X6; \
	MOV	(Registers_X+56)(X31), X7; \
	MOV	(Registers_X+64)(X31), X8; \
	MOV	(Registers_X+72)(X31), X9; \
	MOV	(Registers_X+80)(X31), X10; \
	MOV	(Registers_X+88)(X31), X11; \
	MOV	(Registers_X+96)(X31), X12; \
	MOV	(Registers_X+104)(X31), X13; \
	MOV	(Registers_X+112)(X31), X14; \
	MOV	(Registers_X+120)(X31), X15; \
	MOV	(Registers_X+128)(X31), X16; \
	MOV	(Registers_X+136)(X31), X17; \
	MOV	(Registers_X+144)(X31), X18; \
	MOV	(Registers_X+152)(X31), X19; \
	MOV	(Registers_X+160)(X31), X20; \
	MOV	(Registers_X+168)(X31), X21; \
	MOV	(Registers_X+176)(X31), X22; \
	MOV	(Registers_X+184)(X31), X23; \
	MOV	(Registers_X+192)(X31), X24; \
	MOV	(Registers_X+200)(X31), X25; \
	MOV	(Registers_X+208)(X31), X26; \
	MOV	(Registers_X+224)(X31), X28; \
	MOV	(Registers_X+232)(X31), X29

// STOREX stores them to the Registers in X31.
#define STOREX \
	MOV	X1, (Registers_X+8)(X31); \
	MOV	GP, (Registers_X+24)(X31); \
	MOV	X5, (Registers_X+40)(X31); \
	MOV	X6, (Registers_X+48)(X31); \
	MOV	X7, (Registers_X+56)(X31); \
	MOV	X8, (Registers_X+64)(X31); \
	MOV	X9, (Registers_X+72)(X31); \
	MOV	X10, (Registers_X+80)(X31); \
	MOV	X11, (Registers_X+88)(X31); \
	MOV	X12, (Registers_X+96)(X31); \
	MOV	X13, (Registers_X+104)(X31); \
	MOV	X14, (Registers_X+112)(X31); \
	MOV	X15, (Registers_X+120)(X31); \
	MOV	X16, (Registers_X+128)(X31); \
	MOV	X17, (Registers_X+136)(X31); \
	MOV	X18, (Registers_X+144)(X31); \
	MOV	X19, (Registers_X+152)(X31); \
	MOV	X20, (Registers_X+160)(X31); \
	MOV	X21, (Registers_X+168)(X31); \
	MOV	X22, (Registers_X+176)(X31); \
	MOV	X23, (Registers_X+184)(X31); \
	MOV	X24, (Registers_X+192)(X31); \
	MOV	X25, (Registers_X+200)(X31); \
	MOV	X26, (Registers_X+208)(X31); \
	MOV	X28, (Registers_X+224)(X31); \
	MOV	X29, (Registers_X+232)(X31)

// LOADF loads the FP registers from the Registers in X31.
#define LOADF \
	MOVD	(Registers_F+0)(X31), F0; \
	MOVD	(Registers_F+8)(X31), F1; \
	MOVD	(Registers_F+16)(X31), F2; \
	MOVD	(Registers_F+24)(X31), F3; \
	MOVD	(Registers_F+32)(X31), F4; \
	MOVD	(Registers_F+40)(X31), F5; \
	MOVD	(Registers_F+48)(X31), F6; \
	MOVD	(Registers_F+56)(X31), F7; \
	MOVD	(Registers_F+64)(X31), F8; \
	MOVD	(Registers_F+72)(X31), F9; \
	MOVD	(Registers_F+80)(X31), F10; \
	MOVD	(Registers_F+88)(X31), F11; \
	MOVD	(Registers_F+96)(X31), F12; \
	MOVD	(Registers_F+104)(X31), F13; \
	MOVD	(Registers_F+112)(X31), F14; \
	MOVD	(Registers_F+120)(X31), F15; \
	MOVD	(Registers_F+128)(X31), F16; \
	MOVD	(Registers_F+136)(X31), F17; \
	MOVD	(Registers_F+144)(X31), F18; \
	MOVD	(Registers_F+152)(X31), F19; \
	MOVD	(Registers_F+160)(X31), F20; \
	MOVD	(Registers_F+168)(X31), F21; \
	MOVD	(Registers_F+176)(X31), F22; \
	MOVD	(Registers_F+184)(X31), F23; \
	MOVD	(Registers_F+192)(X31), F24; \
	MOVD	(Registers_F+200)(X31), F25; \
	MOVD	(Registers_F+208)(X31), F26; \
	MOVD	(Registers_F+216)(X31), F27; \
	MOVD	(Registers_F+224)(X31), F28; \
	MOVD	(Registers_F+232)(X31), F29; \
	MOVD	(Registers_F+240)(X31), F30; \
	MOVD	(Registers_F+248)(X31), F31

// STOREF stores them to the Registers in X31.
#define STOREF \
	MOVD	F0, (Registers_F+0)(X31); \
	MOVD	F1, (Registers_F+8)(X31); \
	MOVD	F2, (Registers_F+16)(X31); \
	MOVD	F3, (Registers_F+24)(X31); \
	MOVD	F4, (Registers_F+32)(X31); \
	MOVD	F5, (Registers_F+40)(X31); \
	MOVD	F6, (Registers_F+48)(X31); \
	MOVD	F7, (Registers_F+56)(X31); \
	MOVD	F8, (Registers_F+64)(X31); \
	MOVD	F9, (Registers_F+72)(X31); \
	MOVD	F10, (Registers_F+80)(X31); \
	MOVD	F11, (Registers_F+88)(X31); \
	MOVD	F12, (Registers_F+96)(X31); \
	MOVD	F13, (Registers_F+104)(X31); \
	MOVD	F14, (Registers_F+112)(X31); \
	MOVD	F15, (Registers_F+120)(X31); \
	MOVD	F16, (Registers_F+128)(X31); \
	MOVD	F17, (Registers_F+136)(X31); \
	MOVD	F18, (Registers_F+144)(X31); \
	MOVD	F19, (Registers_F+152)(X31); \
	MOVD	F20, (Registers_F+160)(X31); \
	MOVD	F21, (Registers_F+168)(X31); \
	MOVD	F22, (Registers_F+176)(X31); \
	MOVD	F23, (Registers_F+184)(X31); \
	MOVD	F24, (Registers_F+192)(X31); \
	MOVD	F25, (Registers_F+200)(X31); \
	MOVD	F26, (Registers_F+208)(X31); \
	MOVD	F27, (Registers_F+216)(X31); \
	MOVD	F28, (Registers_F+224)(X31); \
	MOVD	F29, (Registers_F+232)(X31); \
	MOVD	F30, (Registers_F+240)(X31); \
	MOVD	F31, (Registers_F+248)(X31)

// func Hold(in, out *Registers, rounds uint64)
// X30 and X31 count alike: were one of them changed, they would not end together.
TEXT ·Hold(SB),NOSPLIT,$8-24
	MOV	in+0(FP), X31
	LOADF
	MOV	Registers_FCSR(X31), X5
	CSRRW	X5, FCSR, ZERO
	LOADX
	MOV	rounds+16(FP), X30
	MOV	rounds+16(FP), X31
loop:
	ADD	$-1, X30
	ADD	$-1, X31
	BNE	X31, ZERO, loop
	MOV	out+8(FP), X31
	STOREX
	MOV	X30, (Registers_X+240)(X31)
	STOREF
	CSRRW	ZERO, FCSR, X5 // back to Go's: round to nearest, no flags
	MOV	X5, Registers_FCSR(X31)
	RET

// func Call(in, out *Registers)
TEXT ·Call(SB),NOSPLIT,$8-16
	MOV	in+0(FP), X31
	LOADX
	MOV	(Registers_X+240)(X31), X30
	MOV	$atollEcall(SB), X5
	JALR	X5, X5
	MOV	out+8(FP), X31
	STOREX
	MOV	X30, (Registers_X+240)(X31)
	RET

// func Jump(addr uint64)
TEXT ·Jump(SB),NOSPLIT,$0-8
	MOV	addr+0(FP), X5
	JALR	X1, X5
	RET
