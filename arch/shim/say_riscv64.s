#include "textflag.h"

// What is said before there is a stack, or memory that could be written: registers
// only, and the firmware's console, by the legacy call (SBI, chapter 5) or, where that
// is missing, by the debug console's (chapter 12). With the MMU off or on.

// say writes the text at S5, which ends with a NUL. Changes A0, A6, A7, S5, S6, X5 and
// the link register X1.
TEXT ·say(SB),NOSPLIT|NOFRAME,$0
next:
	MOVBU	(S5), S6
	BEQ	S6, ZERO, end
	MOV	$·sayByte(SB), X5
	JALR	X5, X5
	ADD	$1, S5
	JMP	next
end:
	RET

// sayHex writes S7 in hexadecimal, 16 digits. Changes what say changes, but not S5,
// and S9.
TEXT ·sayHex(SB),NOSPLIT|NOFRAME,$0
	MOV	$60, S9
digit:
	SRL	S9, S7, S6
	AND	$15, S6
	MOV	$10, A0
	BLT	S6, A0, decimal
	ADD	$('a'-'0'-10), S6
decimal:
	ADD	$'0', S6
	MOV	$·sayByte(SB), X5
	JALR	X5, X5
	ADD	$-4, S9
	BGE	S9, ZERO, digit
	RET

// sayByte writes S6 and returns to X5. Changes A0, A6, A7.
TEXT ·sayByte(SB),NOSPLIT|NOFRAME,$0
	MOV	S6, A0
	MOV	$1, A7
	ECALL
	BEQ	A0, ZERO, said
	MOV	S6, A0
	MOV	$2, A6
	MOV	$0x4442434e, A7
	ECALL
said:
	JMP	(X5)

DATA ·enteredText+0(SB)/8, $"\natoll: "
DATA ·enteredText+8(SB)/8, $"entered\000"
GLOBL ·enteredText(SB),RODATA|NOPTR,$16

DATA ·trapsText+0(SB)/8, $"atoll: t"
DATA ·trapsText+8(SB)/8, $"raps\n\000\000\000"
GLOBL ·trapsText(SB),RODATA|NOPTR,$16

DATA ·runtimeText+0(SB)/8, $"atoll: G"
DATA ·runtimeText+8(SB)/8, $"o runtim"
DATA ·runtimeText+16(SB)/8, $"e\n\000\000\000\000\000\000"
GLOBL ·runtimeText(SB),RODATA|NOPTR,$24

DATA ·untranslatedText+0(SB)/8, $"atoll: c"
DATA ·untranslatedText+8(SB)/8, $"annot bo"
DATA ·untranslatedText+16(SB)/8, $"ot: hart"
DATA ·untranslatedText+24(SB)/8, $" has no "
DATA ·untranslatedText+32(SB)/8, $"Sv39\n\000\000\000"
GLOBL ·untranslatedText(SB),RODATA|NOPTR,$40

DATA ·trapText+0(SB)/8, $"\natoll: "
DATA ·trapText+8(SB)/8, $"cannot b"
DATA ·trapText+16(SB)/8, $"oot: tra"
DATA ·trapText+24(SB)/8, $"p 0x\000\000\000\000"
GLOBL ·trapText(SB),RODATA|NOPTR,$32

DATA ·pcText+0(SB)/8, $" at pc 0"
DATA ·pcText+8(SB)/8, $"x\000\000\000\000\000\000\000"
GLOBL ·pcText(SB),RODATA|NOPTR,$16

DATA ·addressText+0(SB)/8, $" address"
DATA ·addressText+8(SB)/8, $" 0x\000\000\000\000\000"
GLOBL ·addressText(SB),RODATA|NOPTR,$16

DATA ·hintText+0(SB)/8, $"\n(is the"
DATA ·hintText+8(SB)/8, $"re 16 Mi"
DATA ·hintText+16(SB)/8, $"B of mem"
DATA ·hintText+24(SB)/8, $"ory behi"
DATA ·hintText+32(SB)/8, $"nd the k"
DATA ·hintText+40(SB)/8, $"ernel im"
DATA ·hintText+48(SB)/8, $"age?)\n\000\000"
GLOBL ·hintText(SB),RODATA|NOPTR,$56

DATA ·givenBackText+0(SB)/8, $"\n(this h"
DATA ·givenBackText+8(SB)/8, $"art is g"
DATA ·givenBackText+16(SB)/8, $"iven bac"
DATA ·givenBackText+24(SB)/8, $"k)\n\000\000\000\000\000"
GLOBL ·givenBackText(SB),RODATA|NOPTR,$32
