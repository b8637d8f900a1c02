package abi

// Base is the number of the first native call.
const Base = 0x1000

// The native calls. Behind each stand its arguments, in a0 and on, and behind an arrow
// what it answers in a1 and on.
const (
	// CallNull does nothing: what a call costs.
	CallNull = Base + iota

	// Capabilities (package capability has what each does and refuses). A destination
	// is the address of an empty slot.

	CallIdentify // capability → type | rights<<8 | badge<<32, base, size
	CallCopy     // source, destination
	CallMint     // source, destination, rights, badge
	CallMove     // source, destination
	CallDelete   // capability
	CallRevoke   // capability, 1 or 0; ErrAgain: call again, it is not all done. With 1 it waits until it is, and nobody copies, maps or makes anything of it meanwhile
	CallRetype   // source, offset, type, size of one, count, CNode, index of the first; ErrAgain: call again with the same, it is not all done. Of RAM of which other cores have copies, it waits for them
	CallMap      // frame or table, table, index, count, offset, rights
	CallUnmap    // frame or table

	// Dispatchers.

	CallConfigure // dispatcher, CNode, root table or OwnSpace, frame to share, its address there; 0: as it is
	CallStart     // dispatcher, program counter, stack pointer, word for a0; ErrAgain: call again, some are being told that it has ended
	CallStop      // dispatcher
	CallWeight    // dispatcher, shares of the hart
	CallInspect   // dispatcher → State, cause, value, program counter
	CallYield     // dispatcher that runs next, or 0
	CallResume    // offset of a Save in the frame: enables the caller, with these registers; what is pending is told at once
	CallWait      // time; waits for anything that an upcall would tell, or for a time: ErrTime

	// Messages. t0 is until when to wait, t1 the capability to send or 0, t2 the empty
	// slot for one that comes or 0.

	CallListen   // endpoint, dispatcher: it is upcalled when a message comes
	CallSend     // endpoint, -, words: does not wait; ErrFull
	CallReceive  // endpoint → badge | Came, words: waits until t0
	CallExchange // endpoint to send to, endpoint to receive at, words → badge | Came, words

	// Interrupts and the core.

	CallTakeIRQ // kernel, source, slot for the interrupt, slot for the frame of its device's registers or 0: makes both, for a source that nobody has; waits until t0
	CallBindIRQ // interrupt, endpoint: gets a message {source, count} when there have been any; then none comes until AckIRQ
	CallAckIRQ  // interrupt: it may come again
	CallCore    // kernel → core, capabilities there are, pages of RAM that are free, and in all

	// Channels to domains of other cores, and of this one (UMP). A name is three words, see
	// NameOf. A binding is a frame that both ends map, cleared at first, and a capability by
	// which they wake each other. Each end is charged a page, to whom the memory server would
	// charge by the capability in SlotMemory of the caller's table, and ends with him.

	CallExport // name, endpoint: offers a service, as long as there is the endpoint; waits until t0
	CallBind   // name, slot for the binding, slot for its frame → core of the server; waits until t0
	CallAccept // endpoint of the export, slot for the binding, slot for its frame → core of the client; waits until t0 for a bind
	CallRing   // binding: wakes who waits at its other end
	CallAwait  // binding: waits until t0 for that, or for the end of the binding

	// Programs.

	CallRun // frame, bytes, core: runs a program, whose arguments are in one page, each with a zero behind it; waits until t0 for its end, and kills it then → status

	// Capabilities between cores. A copy of a frame, never executable, goes through a channel;
	// whoever revokes the frame, or ends what it was made of, takes the copy away.

	CallPass    // binding, frame, rights: gives the other end a copy; waits until t0. ErrFull: it has to collect first, or to bind. ErrAgain: it is being revoked
	CallCollect // binding, slot: takes the first copy that has come, of which CallAwait tells as of a ring; ErrTime: there is none

	// End is behind the last number.
	End
)

// MessageWords is how many words a message has.
const MessageWords = 5

// QueueLength is how many messages an endpoint keeps.
const QueueLength = 31

// Came is set in a1 of a received message with which a capability has come.
const Came = 1 << 32

// RevokeAll is the second argument of a CallRevoke that waits until all is revoked.
const RevokeAll = 1

// OwnSpace as a root table is the address space of the caller, to which a Linux process
// has no capability. No slot has this address.
const OwnSpace = 1

// Forever as a time is no bound.
const Forever = ^uint64(0)
