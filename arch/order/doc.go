// Package order is what memory shared between harts needs: plain loads and
// stores, the fences between them, and the two ends of a ring of message slots,
// whose hot paths are written in assembly because Go cannot spell a fence.
//
// Callers are monitor/ump and whoever shares a page with another hart. Nothing
// here allocates, blocks, or calls the runtime; the assembly runs on the
// caller's stack, in any mode, with interrupts on or off. Nothing is safe for
// concurrent use: each end of a ring belongs to one goroutine.
//
// Why not sync/atomic: on riscv64 its loads are LR, which takes the cache line
// away from the hart that is about to write it, and its stores are AMO. A poll
// must be a plain load. On other architectures (tests) sync/atomic stands in, so
// that the race detector sees what the protocol orders; the payload is copied
// plainly there for the same reason.
//
// # Ordering of a ring
//
// The sender's steps are S and W, the reader's R. RVWMO (Unprivileged ISA,
// chapter "RVWMO memory consistency model") orders what a fence names, and a
// load that returns a store comes after it.
//
//	S1 store payload   S2 fence rw,w   S3 store control            (Put)
//	R1 load control    R2 fence r,rw   R3 load payload             (Take)
//	R3 load payload    R4 fence rw,w   R5 store consumed count     (takeStop)
//	W1 load count      W2 fence r,rw   S1 store payload, next lap  (refill)
//
//	pair      what it gives
//	S2 - R2   R1 returned S3, so R3 returns S1 of the same message or later
//	R4 - W2   W1 returned R5, so S1 of the next lap comes after R3: no message
//	          is overwritten while it is read ("later" above cannot happen)
//
// W2 could be left to the branch between W1 and S1, since RVWMO keeps a control
// dependency to a store; the fence costs nothing on a path taken once in many
// messages, and says it.
//
// The reader never writes the ring. It acknowledges after the messages 8, 16, 24
// and 31 of each lap, so that a sender that finds the ring full is at most 7
// messages behind the truth. The straight path of Put is 35 instructions and that
// of Take 38, and a call from Go adds six or seven.
//
// # What the peer may do
//
// Every word of the other side is loaded once into a register and judged there:
// a control word is that of the next message, or the one of a lap ago, or the
// Reader stops with a fault; a consumed count lies between the last one and what
// was sent, or the Writer stops with a fault. Slots are addressed by our own
// offsets, never by a number read from memory. What tests on QEMU do not show of
// all this is in fence_riscv64.h.
package order
