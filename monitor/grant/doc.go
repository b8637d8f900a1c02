// Package grant keeps the books of memory that one core lets another reach: frames of
// the granter's own user pool, which the holder maps, read-only or read-write and never
// executable, until the granter wants them back or one of the two is dead.
//
// A Table is the part of one core. It belongs to the event loop of the core's monitor:
// nothing here has a lock, waits, or knows the time. It sends through a Port and is told
// what comes in (Receive), who is dead (Dead) and which channel is lost (Lost).
//
// # Protocol
//
//	granter                          holder
//	Offer(frames, rights, life)  ->  checks it, maps
//	                             <-  Accept, or Refuse with the reason
//	Revoke                       ->  unmaps (sfence.vma), when its users are out
//	                             <-  Returned; also of its own accord
//
// Only Returned, Refuse, or firmware's word that the holder is dead, end a grant at the
// granter, and only then are the frames reused. A channel that is lost, or a holder
// that is silent, ends nothing: its frames stay out until it is dead (law L10).
//
// When the granter is dead the holders unmap. Its next life must not use the pool
// before: it asks every core (Ask), which answers (Clear) when it holds nothing of an
// earlier life; whose hart firmware calls stopped holds nothing. A core reads the
// question in the channel of the new life, so it has taken all offers of the old one
// before. Until all have answered Open fails and says who has not.
//
// # What a peer may say
//
// An offer is checked: its life is that of the channel, the range lies in the
// granter's user pool, and overlaps nothing that is held. What does not fit is refused
// or counted in Dropped.
//
// # Invariants
//
//	G1  a frame is not reused while another core maps it         TestRandom
//	G2  a holder maps nothing but frames of the pool of a core
//	    that its channel is linked with, never executable        TestOffersRefused
//	G3  whatever happens, at rest all frames are free again      TestRandom
//	G4  no message of a peer panics, or takes another's grant    FuzzReceive
package grant
