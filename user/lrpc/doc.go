// Package lrpc is calls between threads of one core that need not trust each other, over
// endpoints: a client's call is one exchange, and so is a server's answer, with which it waits
// for the next. Each of them switches straight to the other (Bershad et al., Lightweight
// Remote Procedure Call, 1990).
//
// A server has an endpoint at which it receives. A client has one of its own for answers, and
// a capability to send to the server's, whose badge tells the server who calls. The server has
// for each badge a capability to send to that client's endpoint.
//
// # What the other side may do
//
// A client that is gone, or takes no answers, costs the server that answer: what cannot be
// sent is counted and forgotten. A server that is gone ends a client's call with
// abi.ErrPeerDead. A server that does not answer costs the client the time that it has given.
// Words and capabilities that come are input.
//
// # Invariants
//
//	L1  an answer goes to who has asked                       TestServe
//	L2  a client that cannot be answered does not stop a
//	    server                                                TestServe
package lrpc
