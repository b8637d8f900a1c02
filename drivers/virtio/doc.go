// Package virtio drives virtio devices behind memory-mapped registers: the transport,
// legacy (version 1) and modern (version 2), and split virtqueues. What a kind of device
// understands is in the packages below it.
//
// Source: Virtual I/O Device (VIRTIO) Version 1.2, OASIS, of which section numbers are
// given. Not used: packed queues, indirect descriptors, event indices, PCI.
//
// Callers: drivers of kinds of devices, which lock: nothing here is safe for concurrent
// use. Nothing here blocks, and every loop has a bound. Memory is a dma.Window's.
//
// # Order of memory
//
// The rings lie in coherent main memory (package dma). A is the driver's side, B the device's.
//
//	A1 store descriptors, buffers, ring entry   (2.7.13.1, 2.7.13.2)
//	A2 fence rw,w                               (2.7.13.3: barrier before idx)
//	A3 store avail idx
//	A4 fence rw,rw                              (2.7.13.4: barrier before the flags)
//	A5 load used flags, which may say that no notification is wanted
//	A6 fence iorw,o; store QueueNotify          (package mmio)
//
//	B1 the device stores used entry and buffer, then used idx
//	A7 load used idx
//	A8 fence r,rw                               (2.7.14: barrier before entry and buffer)
//	A9 load used entry, once; then the buffer
//
//	A10 load InterruptStatus, store InterruptACK, load InterruptStatus (4.2.3.4)
//	A11 fence i,iorw                            (package mmio), then A7
//
// A2 pairs with the device's own barrier between its load of idx and of the entry. A4
// pairs with the one between its store of flags and its last load of idx: not both sides
// can miss the other's store. The second load of A10 returns 0 only if the store has
// reached the device, so that what the device puts into the ring after A7 has looked
// raises the interrupt again. Descriptors are never read back: the driver keeps the
// links and lengths of what is in flight in its own memory.
//
// # What a device may do
//
// Everything that it writes is input: register values, configuration, idx, ids, lengths.
// A used entry that names no chain in flight, a length beyond what the chain lets the
// device write, more entries than are in flight: each is a Fault of the queue, which
// then gives nothing more. The owner resets the device (Reset) before the memory of its queues
// or buffers is used for anything else; a device that cannot be reset (ErrStuck) keeps
// its memory for ever.
//
// A legacy device may lie about lengths in good faith (2.7.8.2): there a length is
// cut to what is possible.
//
// # Invariants
//
//	V1  no register value, idx, id or length of a device
//	    makes the driver panic, loop or reach beyond
//	    its buffers                                       FuzzLies
//	V2  a chain is given back once, and only if it was
//	    in flight                                         TestLies
//	V3  order of the stores and fences: A1 before A3
//	    before A6                                         TestOrderOfStores; the letters by reading
//	V4  legacy and modern do the same                     TestBothVersions
//	V5  the rings are what another implementation makes
//	    of the same steps                                 TestTamago
package virtio
