// Package monitor is what makes one system of the instances: an event loop on
// every core that owns the channels to the other cores and serves their
// requests. Unlike the paper's, which is a user process, this monitor is S-mode
// Go in its instance's own runtime.
//
// # Who runs where
//
// All channels, and all state of a Monitor that has no lock, belong to the event
// loop's goroutine (Run). Other goroutines hand it work with do, which wakes it.
// The loop never waits for a peer: what cannot be sent yet stays in the peer's
// outbox, what takes several messages is a state that the next message moves on.
// It polls for a while after the last message and then blocks until a doorbell,
// an interrupt or a deadline (loop.go).
//
// # Messages
//
// A message is seven words and a type (message.go). A request carries an id that
// its answers repeat; an answer is as many messages as it needs. What a peer
// sends is input: a message that cannot be is dropped and counted, a channel that
// carries nonsense is lost (package ump).
//
// # Bounds
//
// Every Call has a deadline. An outbox, a line and an answer have a size that
// they cannot exceed.
package monitor
