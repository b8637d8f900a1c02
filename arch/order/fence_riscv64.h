// Fences that Go's assembler cannot spell: its FENCE is always iorw,iorw.
// Delete a line when the assembler learns it. Encodings: RISC-V Unprivileged
// ISA, chapter RV32I, FENCE (fm=0, pred, succ) and Zihintpause.

#define FENCE_RW_RW	WORD $0x0330000f // fence rw,rw  full: store, then load of another word
#define FENCE_RW_W	WORD $0x0310000f // fence rw,w   release: before publishing
#define FENCE_R_RW	WORD $0x0230000f // fence r,rw   acquire: after observing
#define PAUSE		WORD $0x0100000f // pause        fence w,0: a hint, orders nothing
