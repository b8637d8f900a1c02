// Package serial is the serial line of a console over a UART driver: an
// io.ReadWriter for one goroutine that talks to a person, and the device side
// for the event loop of the core that owns the UART.
//
// Execution context: Read and Write from any goroutine, they block; Turn and
// Interrupt from the event loop only, they never do. The event loop itself must
// not call Write.
//
// Bounds: output waits in a buffer of a fixed size, and Write blocks while it is
// full; input that nobody reads stays in the chip; Drain gives up on a port that takes
// nothing for ten seconds.
package serial
