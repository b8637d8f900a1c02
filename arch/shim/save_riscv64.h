// Registers to and from a save area, by the names that go_asm.h gives a thread's fields.

// SAVE stores all registers but X31 to the save area in X31.
#define SAVE \
	MOV	X1, (thread_x+8)(X31); \
	MOV	X2, (thread_x+16)(X31); \
	MOV	GP, (thread_x+24)(X31); \
	MOV	TP, (thread_x+32)(X31); \
	MOV	X5, (thread_x+40)(X31); \
	MOV	X6, (thread_x+48)(X31); \
	MOV	X7, (thread_x+56)(X31); \
	MOV	X8, (thread_x+64)(X31); \
	MOV	X9, (thread_x+72)(X31); \
	MOV	X10, (thread_x+80)(X31); \
	MOV	X11, (thread_x+88)(X31); \
	MOV	X12, (thread_x+96)(X31); \
	MOV	X13, (thread_x+104)(X31); \
	MOV	X14, (thread_x+112)(X31); \
	MOV	X15, (thread_x+120)(X31); \
	MOV	X16, (thread_x+128)(X31); \
	MOV	X17, (thread_x+136)(X31); \
	MOV	X18, (thread_x+144)(X31); \
	MOV	X19, (thread_x+152)(X31); \
	MOV	X20, (thread_x+160)(X31); \
	MOV	X21, (thread_x+168)(X31); \
	MOV	X22, (thread_x+176)(X31); \
	MOV	X23, (thread_x+184)(X31); \
	MOV	X24, (thread_x+192)(X31); \
	MOV	X25, (thread_x+200)(X31); \
	MOV	X26, (thread_x+208)(X31); \
	MOV	g, (thread_x+216)(X31); \
	MOV	X28, (thread_x+224)(X31); \
	MOV	X29, (thread_x+232)(X31); \
	MOV	X30, (thread_x+240)(X31)

// LOAD loads all registers but X5, TP and X31 from the save area in X31.
#define LOAD \
	MOV	(thread_x+8)(X31), X1; \
	MOV	(thread_x+16)(X31), X2; \
	MOV	(thread_x+24)(X31), GP; \
	MOV	(thread_x+48)(X31), X6; \
	MOV	(thread_x+56)(X31), X7; \
	MOV	(thread_x+64)(X31), X8; \
	MOV	(thread_x+72)(X31), X9; \
	MOV	(thread_x+80)(X31), X10; \
	MOV	(thread_x+88)(X31), X11; \
	MOV	(thread_x+96)(X31), X12; \
	MOV	(thread_x+104)(X31), X13; \
	MOV	(thread_x+112)(X31), X14; \
	MOV	(thread_x+120)(X31), X15; \
	MOV	(thread_x+128)(X31), X16; \
	MOV	(thread_x+136)(X31), X17; \
	MOV	(thread_x+144)(X31), X18; \
	MOV	(thread_x+152)(X31), X19; \
	MOV	(thread_x+160)(X31), X20; \
	MOV	(thread_x+168)(X31), X21; \
	MOV	(thread_x+176)(X31), X22; \
	MOV	(thread_x+184)(X31), X23; \
	MOV	(thread_x+192)(X31), X24; \
	MOV	(thread_x+200)(X31), X25; \
	MOV	(thread_x+208)(X31), X26; \
	MOV	(thread_x+216)(X31), g; \
	MOV	(thread_x+224)(X31), X28; \
	MOV	(thread_x+232)(X31), X29; \
	MOV	(thread_x+240)(X31), X30
