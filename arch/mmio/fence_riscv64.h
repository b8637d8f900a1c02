// Fences that the Go assembler has no operands for: FENCE pred,succ is encoded
// as fm=0 | pred<<24 | succ<<20 | 0x0f with bits I=8 O=4 R=2 W=1 (Unprivileged
// ISA, section 2.7). Delete a line when the assembler learns it.
#define FENCE_O_I	WORD $0x0480000f	// fence o,i
#define FENCE_I_IORW	WORD $0x08f0000f	// fence i,iorw
#define FENCE_IORW_O	WORD $0x0f40000f	// fence iorw,o
