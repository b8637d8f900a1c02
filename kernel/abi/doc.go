// Package abi is the interface between user code and the CPU driver: the numbers of the
// native calls, what stands in which register, the errors, what a domain finds in its
// table of capabilities when it begins, and the frame that a dispatcher shares with its
// CPU driver. It is constants and words in memory: kernel/domain serves them, user/sys
// makes the calls.
//
// # Calls
//
// A call is an ECALL with its number in a7. Numbers begin at Base, far above Linux's, so
// that a Linux process may make both kinds. Arguments stand in a0 to a6, and for messages
// in t0 to t2; a capability argument is a capability.Address in the caller's own table.
// The result is an Error in a0, and more in a1 to a6; other registers stay as they were.
//
// A call is decoded first, and refused with an Error when anything is wrong, having changed
// nothing. No call blocks but those that say so.
//
// # Messages
//
// A message is five words in a2 to a6 and at most one capability. It is sent to an
// endpoint. Who waits there gets it at once, in registers, and runs next (LRPC; Bershad et
// al., Lightweight Remote Procedure Call, 1990; Barrelfish Technical Note 11); if nobody
// does it is kept in the endpoint, up to QueueLength. The capability that goes with it is a
// copy of the sender's.
//
// One dispatcher waits at an endpoint at a time. Who calls by CallExchange waits no longer
// than there is somebody to answer: ErrPeerDead if the endpoint with its message ends, or
// the dispatcher that has taken it (a Linux process: its last thread). Who only answers, with
// a message to one that waits for it, depends on nobody. With ErrTime and ErrPeerDead the
// message has been sent, and an answer may still come. When the endpoint itself ends at which
// somebody waits, that is ErrPeerDead too.
//
// # Interrupts
//
// Who has the capability to the core takes an interrupt source that no driver of the kernel
// and no other program has. A source is its number at the interrupt controller, and from bit
// 32 on which controller of the plan that is. It stays masked from one interrupt until AckIRQ.
// The message that tells of it waits while the endpoint is full. The source is free again, and
// its device's registers are taken away, with the last capability to the interrupt.
//
// # Times
//
// Times are values of the time CSR. Forever is never, 0 has passed: not at all.
package abi
