// Package blk drives a virtio block device (VIRTIO 1.2, section 5.2).
//
// Execution context: Read, Write, Flush and Identify block, for goroutines, several at a
// time; Interrupt is for the event loop and does not block. Data is copied between the
// caller's memory and a few fixed slots of the DMA window, so that the device never has
// an address of anything else.
//
// # Requests
//
// A request is one chain: header, data, status (5.2.6). It is done when the device has
// given the chain back with the status OK, and not before; a write that is done is in the
// device's cache, and on its medium after a Flush that began later is done (5.2.6.2). A
// device that offers no FLUSH writes through.
//
// Every request ends: with the device's status, or within its bound. When the
// bound has passed, or the device has lied or says that it needs a reset, then the device is reset
// and brought up anew, and all requests that it had end with ErrUnknown: what they were
// to do may be done, in part, or not. Nothing is tried again here; a caller may. A device that
// cannot be reset keeps the slots that it had and is not used again.
//
// # Interrupts
//
// The device's interrupt makes the owner call Interrupt, which ends the requests that the
// device has used. A request also looks at the ring by itself, every pollGap if there is an
// interrupt, so that a lost one costs that time and no more; far more often if not.
//
// # Invariants
//
//	D1  no request is reported done that the device has not
//	    said it has done                                    TestOnlyWhatIsDone, FuzzDisk
//	D2  a slot is used again only when the device has given
//	    it back, or has been reset                          TestBoundPasses, TestStuck
//	D3  every request ends within about its bound           TestBoundPasses, TestStuck
//	D4  errors of the device are reported as such           TestErrors
package blk
