package order

// Load64 is one plain load. It orders nothing: a poll that must not take the
// line away from its writer. Not sync/atomic, whose load is LR on riscv64.
//
//go:noescape
func Load64(p *uint64) uint64

// LoadAcquire64 is a load, then fence r,rw: no later access of this hart is
// performed before the load. It pairs with StoreRelease64 of the same word.
//
//go:noescape
func LoadAcquire64(p *uint64) uint64

// Store64 is one plain store. It orders nothing.
//
//go:noescape
func Store64(p *uint64, v uint64)

// StoreRelease64 is fence rw,w, then a store: every earlier access of this hart
// is performed before the store. It pairs with LoadAcquire64 of the same word.
//
//go:noescape
func StoreRelease64(p *uint64, v uint64)

// FenceAcquire is fence r,rw: loads before it, then everything after it.
func FenceAcquire()

// FenceFull is fence rw,rw. Two harts that each store one word, fence, and load
// the other's word cannot both miss the other's store (Dekker).
func FenceFull()

// LoadAfterFence64 is FenceFull, then a plain load: the look at the other's word in it.
//
//go:noescape
func LoadAfterFence64(p *uint64) uint64

// Pause tells the core that this is a spin loop. It may cost far more than a
// load: an emulator may give up its time slice here.
func Pause()
