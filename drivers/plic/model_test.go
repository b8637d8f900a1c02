package plic

// chip models a PLIC with level-triggered sources, from the specification: a
// gateway forwards one request until it is completed.
type chip struct {
	priority  [MaxSources + 1]uint32
	enable    map[uint32]*[32]uint32 // by context
	threshold map[uint32]uint32
	level     [MaxSources + 1]bool // the device's line
	pending   [MaxSources + 1]bool
	inService [MaxSources + 1]bool // the gateway waits for completion
	maxPrio   uint32               // writable bits of a priority
	stray     []uintptr            // stores that hit nothing a driver may write
}

func newChip() *chip {
	return &chip{enable: map[uint32]*[32]uint32{}, threshold: map[uint32]uint32{}, maxPrio: 7}
}

// words returns the enable words of a context.
func (c *chip) words(context uint32) *[32]uint32 {
	if c.enable[context] == nil {
		c.enable[context] = new([32]uint32)
	}
	return c.enable[context]
}

// setLevel moves the line of a source.
func (c *chip) setLevel(source int, on bool) {
	c.level[source] = on
	c.gateway(source)
}

func (c *chip) gateway(source int) {
	if c.level[source] && !c.inService[source] {
		c.pending[source], c.inService[source] = true, true
	}
}

func (c *chip) enabled(source, context uint32) bool {
	return c.words(context)[source/32]>>(source%32)&1 != 0
}

// best is what a claim of the context returns.
func (c *chip) best(context uint32) uint32 {
	var best, bestPrio uint32
	for s := uint32(1); s <= MaxSources; s++ {
		if c.pending[s] && c.enabled(s, context) && c.priority[s] > bestPrio {
			best, bestPrio = s, c.priority[s]
		}
	}
	return best
}

// external is the external-interrupt line to the context's hart. Only this
// looks at the threshold; a claim does not.
func (c *chip) external(context uint32) bool {
	s := c.best(context)
	return s != 0 && c.priority[s] > c.threshold[context]
}

func (c *chip) claim(context uint32) uint32 {
	s := c.best(context)
	c.pending[s] = false
	return s
}

func (c *chip) complete(source, context uint32) {
	if source == 0 || source > MaxSources || !c.enabled(source, context) {
		return
	}
	c.inService[source] = false
	c.gateway(int(source))
}

// Load implements regtest.Model for the whole controller.
func (c *chip) Load(off uintptr, width int) uint64 {
	switch {
	case width != 4:
		return 0
	case off < 0x1000:
		return uint64(c.priority[off/4])
	case off < 0x1080:
		var v uint64
		for bit := range uintptr(32) {
			if c.pending[(off-0x1000)*8+bit] {
				v |= 1 << bit
			}
		}
		return v
	case off >= 0x2000 && off < 0x1f_2000:
		return uint64(c.words(uint32(off-0x2000) / 0x80)[off%0x80/4])
	case off >= 0x20_0000:
		context := uint32(off-0x20_0000) / 0x1000
		if off%0x1000 == 4 {
			return uint64(c.claim(context))
		}
		return uint64(c.threshold[context])
	}
	return 0
}

// Store implements regtest.Model for the whole controller.
func (c *chip) Store(off uintptr, width int, v uint64) {
	context := uint32(off-0x20_0000) / 0x1000
	switch {
	case width != 4:
		c.stray = append(c.stray, off)
	case off >= 4 && off < 0x1000:
		c.priority[off/4] = uint32(v) & c.maxPrio
	case off >= 0x2000 && off < 0x1f_2000:
		c.words(uint32(off-0x2000) / 0x80)[off%0x80/4] = uint32(v)
	case off >= 0x20_0000 && off%0x1000 == 0:
		c.threshold[context] = uint32(v)
	case off >= 0x20_0000 && off%0x1000 == 4:
		c.complete(uint32(v), context)
	default:
		c.stray = append(c.stray, off)
	}
}

// page is the model seen through one context's page.
type page struct {
	c       *chip
	context uint32
}

func (p page) Load(off uintptr, width int) uint64 {
	return p.c.Load(uintptr(ContextOffset(p.context))+off, width)
}

func (p page) Store(off uintptr, width int, v uint64) {
	p.c.Store(uintptr(ContextOffset(p.context))+off, width, v)
}
