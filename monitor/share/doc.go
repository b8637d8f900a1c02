// Package share lets all cores use the folder of the host, of which one core drives the 9P device: each
// has a session, as if it had the device for itself.
//
// A Hub is the owner's. It speaks the version with the device, once in each of the device's lives, and
// answers the Tversion of sessions itself. Fids of a session are given numbers of their own at the device, and are
// clunked when it ends. Another core reaches a Session through a binding: Serve is the owner's
// end, and a Client the other.
//
// # Protocol
//
//	ask(id)            client to owner; the request of 9P is handed over before
//	answer(id, code)   owner to client; with code 0 the reply of 9P is handed over before
//
// A binding carries one message at a time.
//
// # Death
//
// If the owner dies, or has to reset the device, sessions end with ErrLost: what became of a request is not
// known, and all fids are gone. Who wants it begins another session. If a client dies its
// session ends, and its fids with it.
//
// # What the other end may do
//
// Requests are input: what is not a request of 9P2000.L with fids of a session is refused, and so nobody
// reaches the files of another. Replies are passed on as they are: whoever has asked reads them
// with care. Tflush and locks are refused, for requests are done one after the other.
//
// # Invariants
//
//	S1  a session reaches no fid of another, whatever it sends     TestApart, FuzzSession
//	S2  when a session has ended its fids are clunked              TestClunked
package share
