// Package ninep carries messages of 9P to a virtio 9P transport and back: QEMU's folder of the host.
// The specification of 9P over virtio is Linux' and QEMU's practice: one queue, and a chain for each
// message, the request to read before the reply to write. What the messages say is others'.
//
// Execution context: Exchange blocks, for goroutines, one after the other; Interrupt is for the event
// loop and does not block. Messages are copied between the caller's memory and two buffers of the DMA
// window.
//
// An exchange ends with a reply, or within its bound. When the bound has passed, or the device has lied,
// it is reset and brought up anew, and with that forgets all that it was told: Life says which life it is in. What became of the
// request is not known then. A device that cannot be reset keeps its buffers and is not used again.
//
// # Invariants
//
//	N1  a reply is of the device, to this request: what it has not written is clear   TestExchange
//	N2  every exchange ends within about its bound, and the next finds a new life     TestBound
//	N3  a device that lies is reset                                                   TestLies
package ninep
