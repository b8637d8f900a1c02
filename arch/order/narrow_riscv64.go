package order

// Words that a device reads and writes in memory have 16 and 32 bits.

// Load32 is one plain load. It orders nothing.
//
//go:noescape
func Load32(p *uint32) uint32

// LoadAcquire16 is a load, then fence r,rw: what the device wrote before the word is
// seen by all later loads of this hart.
//
//go:noescape
func LoadAcquire16(p *uint16) uint16

// StoreRelease16 is fence rw,w, then a store: a device that sees the word sees every
// earlier store of this hart.
//
//go:noescape
func StoreRelease16(p *uint16, v uint16)
