// Instructions that the Go assembler lacks (encodings: Privileged Architecture,
// instruction listings). Delete a line when the assembler learns its name.
#define SRET        WORD $0x10200073 // sret
#define WFI         WORD $0x10500073 // wfi
#define SFENCE_ALL  WORD $0x12000073 // sfence.vma zero, zero
#define SFENCE_A0   WORD $0x12050073 // sfence.vma a0, zero
#define FENCE_I     WORD $0x0000100f // fence.i

// Bits of sstatus.
#define SSTATUS_SIE   0x2
#define SSTATUS_SPIE  0x20
#define SSTATUS_SPP   0x100
#define SSTATUS_FS    0x6000
#define SSTATUS_FS_LO 0x2000
#define SSTATUS_FS_HI 0x4000
#define SSTATUS_UBE   0x40
#define SSTATUS_VS    0x600
#define SSTATUS_SUM   0x40000
#define SSTATUS_MXR   0x80000

// Mode of satp: Sv39, no ASID.
#define SATP_SV39     (8<<60)

// Bits of scounteren: cycle, time and instret.
#define USER_COUNTERS 0x7
