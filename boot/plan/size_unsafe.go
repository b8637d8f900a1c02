package plan

import "unsafe"

// planSize is the size of a plan in bytes.
const planSize = uint64(unsafe.Sizeof(Plan{}))

// Valid reports whether these bytes are a plan of this very kernel.
func (p *Plan) Valid() bool { return p.Magic == Magic && p.Size == planSize }

// rowAt and startAt are where the row and the start record of a core stand in the
// plan, bytes from its beginning.
func rowAt(core int) uint64   { return coreAt(core) + uint64(unsafe.Offsetof(Core{}.Row)) }
func startAt(core int) uint64 { return coreAt(core) + uint64(unsafe.Offsetof(Core{}.Start)) }

func coreAt(core int) uint64 {
	return uint64(unsafe.Offsetof(Plan{}.Cores)) + uint64(core)*uint64(unsafe.Sizeof(Core{}))
}
