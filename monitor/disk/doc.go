// Package disk carries the requests of a core to a disk that another core drives: over a
// binding, with the data in buffers that each end has granted the other to read.
//
// The owner's end is Serve, a goroutine for each binding. The other end is a Client, which
// is a Disk like the owner's own. Package monitor finds the owner and makes the bindings.
//
// # Protocol
//
//	ask(id, op, sector, count)        client to owner; a write hands its data over before
//	answer(id, code, ...)             owner to client; a read hands its data over before
//
// A binding carries one request at a time; who wants more in flight makes several bindings.
// An answer is sent when the disk has ended the request, and says how.
//
// # Death
//
// If the owner dies the binding ends, and with it the request, with ErrLost: what was to be written may
// be, in part, or not. Nothing is repeated here, for that is not always right; the caller
// binds to the next owner and decides. If a client dies its request ends at the disk, and
// nobody is told. No false success: answer OK is sent only behind the disk's own.
//
// # What the other end may do
//
// Numbers are checked by whoever takes them, and by the disk. Data of a write may change while
// it is copied to the disk: it is the client's. A peer that says what cannot be loses the
// binding.
package disk
