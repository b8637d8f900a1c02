package regtest

import "fmt"

// Model is a chip. A load may change its state, as on many a device. Width is
// in bytes.
type Model interface {
	Load(off uintptr, width int) uint64
	Store(off uintptr, width int, v uint64)
}

// Access is one access that a driver made.
type Access struct {
	Write bool
	Off   uintptr
	Width int // bytes
	Value uint64
}

// String writes the access as "r4 0x10 = 0x1" or "w4 0x10 = 0x1".
func (a Access) String() string {
	op := 'r'
	if a.Write {
		op = 'w'
	}
	return fmt.Sprintf("%c%d %#x = %#x", op, a.Width, a.Off, a.Value)
}

// Block implements reg.Block over a model.
type Block struct {
	Log   []Access
	model Model
}

// New returns a block in front of the model.
func New(m Model) *Block { return &Block{model: m} }

// Writes returns the logged stores.
func (b *Block) Writes() []Access {
	var w []Access
	for _, a := range b.Log {
		if a.Write {
			w = append(w, a)
		}
	}
	return w
}

func (b *Block) load(off uintptr, width int) uint64 {
	if off%uintptr(width) != 0 {
		panic(fmt.Sprintf("regtest: misaligned load of %d bytes at %#x", width, off))
	}
	v := b.model.Load(off, width) & (1<<(8*width) - 1)
	b.Log = append(b.Log, Access{false, off, width, v})
	return v
}

func (b *Block) store(off uintptr, width int, v uint64) {
	if off%uintptr(width) != 0 {
		panic(fmt.Sprintf("regtest: misaligned store of %d bytes at %#x", width, off))
	}
	b.Log = append(b.Log, Access{true, off, width, v})
	b.model.Store(off, width, v)
}

// Read8 implements reg.Block.
func (b *Block) Read8(off uintptr) uint8 { return uint8(b.load(off, 1)) }

// Read32 implements reg.Block.
func (b *Block) Read32(off uintptr) uint32 { return uint32(b.load(off, 4)) }

// Write8 implements reg.Block.
func (b *Block) Write8(off uintptr, v uint8) { b.store(off, 1, uint64(v)) }

// Write32 implements reg.Block.
func (b *Block) Write32(off uintptr, v uint32) { b.store(off, 4, uint64(v)) }

// Memory is a model that keeps what was stored. Offsets not stored yet read 0;
// accesses of different widths to the same bytes do not see each other.
type Memory map[uintptr]uint64

// Load implements Model.
func (m Memory) Load(off uintptr, _ int) uint64 { return m[off] }

// Store implements Model.
func (m Memory) Store(off uintptr, _ int, v uint64) { m[off] = v }

// Constant is a model of hardware that is stuck: every load gives this value,
// stores vanish.
type Constant uint64

// Load implements Model.
func (c Constant) Load(uintptr, int) uint64 { return uint64(c) }

// Store implements Model.
func (c Constant) Store(uintptr, int, uint64) {}
