//go:build !riscv64

package order

import "sync/atomic"

// Memory stands for the memory that two harts share, in tests.
type Memory interface {
	Load(p *uint64) uint64
	// LoadTo is a load into *to whose value nobody needs yet: it may be performed
	// as late as the next fence.
	LoadTo(to, p *uint64)
	Store(p *uint64, v uint64)
	Fence(kind Fence)
}

// Fence is the kind of a fence.
type Fence int

// Kinds of fences, by what they pair with.
const (
	Acquire Fence = iota // fence r,rw
	Release              // fence rw,w
	Full                 // fence rw,rw
)

// Model, unless nil, takes the place of shared memory, so that a test can run
// the real code in every order that a weak memory allows. It exists only on
// hosts other than riscv64. Set it while no other goroutine uses this package.
var Model Memory

// Load64 is a load that orders nothing on riscv64. Here it is sequentially
// consistent, which also tells the race detector what the protocol orders.
func Load64(p *uint64) uint64 {
	if Model != nil {
		return Model.Load(p)
	}
	return atomic.LoadUint64(p)
}

// LoadAcquire64 is a load, then fence r,rw. It pairs with StoreRelease64.
func LoadAcquire64(p *uint64) uint64 {
	v := Load64(p)
	fence(Acquire)
	return v
}

// Store64 is a store that orders nothing on riscv64.
func Store64(p *uint64, v uint64) {
	if Model != nil {
		Model.Store(p, v)
		return
	}
	atomic.StoreUint64(p, v)
}

// StoreRelease64 is fence rw,w, then a store. It pairs with LoadAcquire64.
func StoreRelease64(p *uint64, v uint64) {
	fence(Release)
	Store64(p, v)
}

// FenceAcquire is fence r,rw: loads before it, then everything after it.
func FenceAcquire() { fence(Acquire) }

// FenceFull is fence rw,rw. Two harts that each store one word, fence, and load
// the other's word cannot both miss the other's store (Dekker).
func FenceFull() { fence(Full) }

// LoadAfterFence64 is FenceFull, then a plain load: the look at the other's word in it.
func LoadAfterFence64(p *uint64) uint64 {
	fence(Full)
	return Load64(p)
}

// Pause is the hint of a spin loop.
func Pause() {}

// fence tells the model; sync/atomic needs no fence.
func fence(kind Fence) {
	if Model != nil {
		Model.Fence(kind)
	}
}
