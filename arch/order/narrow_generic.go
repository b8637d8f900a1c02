//go:build !riscv64

package order

// Words that a device reads and writes in memory have 16 and 32 bits. Off riscv64 the
// devices are tests' own, which take turns with the driver: plain accesses do.

// BeforeStore16, unless nil, is called before each StoreRelease16, so that a test sees
// memory as a device does that acts on the store at once. Set it while no other goroutine
// uses this package.
var BeforeStore16 func(v uint16)

// Load32 is a load that orders nothing on riscv64.
func Load32(p *uint32) uint32 { return *p }

// LoadAcquire16 is a load, then fence r,rw.
func LoadAcquire16(p *uint16) uint16 { return *p }

// StoreRelease16 is fence rw,w, then a store.
func StoreRelease16(p *uint16, v uint16) {
	if BeforeStore16 != nil {
		BeforeStore16(v)
	}
	*p = v
}
