// Fences that Go's assembler cannot spell: its FENCE is always iorw,iorw.
// Delete a line when the assembler learns it. Encodings: RISC-V Unprivileged
// ISA, chapter RV32I, FENCE (fm=0, pred, succ) and Zihintpause.

#define FENCE_RW_RW	WORD $0x0330000f // fence rw,rw  full: store, then load of another word
#define FENCE_RW_W	WORD $0x0310000f // fence rw,w   release: before publishing
#define FENCE_R_RW	WORD $0x0230000f // fence r,rw   acquire: after observing
#define PAUSE		WORD $0x0100000f // pause        fence w,0: a hint, orders nothing

// What tests on QEMU do not show about them
//
// QEMU on an x86 host runs guest loads and stores as host loads and stores, which
// x86 keeps in order but for a store before a load of another word. These
// outcomes are allowed by RVWMO without the fences and never show there (steps
// as in doc.go):
//
//	MP   S1; S3  |  R1=new; R3=old         forbidden by S2 and R2
//	LB   R3=new; R5  |  W1=R5; S1=new      forbidden by R4 and W2
//
// This one shows on x86 too, if the fence is left out on either side:
//
//	SB   store a; load b=old  |  store b; load a=old    forbidden by two rw,rw
//
// QEMU also makes every fence a full one, whatever its letters, so that a wrong
// choice of letters does not show either. What speaks for the letters is the
// tables in doc.go and monitor/ump, and that package's search through a weak
// memory, in which leaving out S2, R2, R4 or a full fence makes a test fail. W2
// is not searched: the branch after W1 orders it as well. Only a run on hardware
// with a weak order would show that a core keeps what it promises.
