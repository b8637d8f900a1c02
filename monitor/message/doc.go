// Package message gives messages between cores their types: each is declared once,
// as a Go type with a number and a name, in the file of the service that it belongs
// to. From that come its encoding, its name in traces and in `msgs`, and its place in
// the tables of whoever handles it.
//
// # Kinds
//
// A one-way message is one slot of a channel (seven words). A request is one, too: an
// id and a question of at most six words. Its answer has that id and is cut into as
// many fragments as it needs: a fixed value, behind which records may follow, or a
// sentence that says why there is none.
//
// # Declaring
//
// In package monitor a service declares what it says and asks, and what is done with it:
//
//	type soundMessage struct{ Core, Depth uint64 }
//	type soundReport struct{ Mean float64; Echoes uint64 }
//
//	var (
//		soundTold = message.Declare[soundMessage](53, "sound")
//		askSound  = message.DeclareRequest[soundMessage, soundReport](54, "ask-sound")
//	)
//
//	func init() {
//		handle(soundTold, (*Monitor).sounded) // func (m *Monitor) sounded(p *peer, s soundMessage)
//		serve(askSound, (*Monitor).sound)     // func (m *Monitor) sound(who client, q soundMessage) (soundReport, error)
//	}
//
// It says so with post(m, p, soundTold, soundMessage{3, 20}) in the event loop, and asks
// with ask(ctx, m, core, askSound, bound, soundMessage{3, 20}) outside of it.
//
// # Encoding
//
// A type may consist of integers and floats of fixed size, of arrays and of structs
// of these, without padding; a registration checks that. Every pattern of its bytes is
// then a value of the type, and no byte of it is anything else. All targets are
// 64-bit and little-endian and all cores run the same image, so the encoding is a copy
// of the value's bytes (copy_unsafe.go). It neither fails nor allocates.
//
// That every pattern is a value does not mean that it makes sense: what a peer says is
// input, and whoever handles it checks it (law L6).
//
// # Numbers
//
// Numbers are explicit, not given in the order of registration: so a trace that was
// written down can be read with another build, and a declaration more moves no other
// number. A number or a name that is taken ends the program when it begins, and all
// tests with it. A request has a number of its kind for each direction: that of its
// answer has AnswerBit set.
//
// # Execution context
//
// Declarations are package variables: the registry is complete before main begins and
// nobody writes it afterwards, so that it needs no lock. All else is pure and belongs to
// its caller. It is used on the host, too.
//
// # Invariants
//
//	T1  what is encoded comes back as it was         TestRoundTrip
//	T2  encoding does not allocate                   TestNoAllocation
//	T3  no two declarations have one number or name  TestRegistry; package monitor's TestNumbers
//	T4  a type that is no fixed bytes is refused     TestCheck
//	T5  no fragments make an Assembly panic, or
//	    longer than its bound                        FuzzAssembly
package message
