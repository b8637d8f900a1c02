package aplic

// chip models a domain from the specification. A source that is not delegated has a
// configuration that stays 0.
type chip struct {
	cfg       uint32
	canSend   bool // DM can be 1
	canWire   bool // DM can be 0
	delegated [MaxSource + 1]bool
	mode      [MaxSource + 1]Mode
	target    [MaxSource + 1]uint32
	enabled   [MaxSource + 1]bool
	pending   [MaxSource + 1]bool
	wire      [MaxSource + 1]bool
	delivery  map[uint32]uint32 // by hart
	threshold map[uint32]uint32
	sent      []uint32 // messages, as the targets say
	// Like emulators that do not look at the wire when a level-sensitive source is
	// made pending by a store.
	careless bool
	stray    []uintptr
}

func newChip(messages bool) *chip {
	c := &chip{canSend: messages, canWire: !messages, delivery: map[uint32]uint32{}, threshold: map[uint32]uint32{}}
	for i := range 96 {
		c.delegated[i+1] = true
	}
	if messages {
		c.cfg = cfgMessages
	}
	return c
}

// active is the rectified input of a source (section 4.5.2).
func (c *chip) active(s uint32) bool {
	switch c.mode[s] {
	case LevelHigh, RisingEdge:
		return c.wire[s]
	case LevelLow, FallingEdge:
		return !c.wire[s]
	}
	return false
}

// setWire moves a source's wire.
func (c *chip) setWire(s uint32, on bool) {
	before := c.active(s)
	c.wire[s] = on
	switch {
	case c.mode[s] == Inactive:
	case c.active(s) && !before:
		c.pending[s] = true
	case !c.active(s) && c.mode[s].level():
		c.pending[s] = false
	}
	c.deliver(s)
}

// deliver sends the message of a pending source.
func (c *chip) deliver(s uint32) {
	if c.cfg&cfgMessages != 0 && c.cfg&cfgEnable != 0 && c.pending[s] && c.enabled[s] {
		c.pending[s] = false
		c.sent = append(c.sent, c.target[s])
	}
}

// best is the source that a hart would claim.
func (c *chip) best(hart uint32) uint32 {
	for s := uint32(1); s <= MaxSource; s++ {
		if c.cfg&cfgEnable != 0 && c.pending[s] && c.enabled[s] && c.target[s]>>18 == hart {
			return s
		}
	}
	return 0
}

// external is the wire to a hart.
func (c *chip) external(hart uint32) bool { return c.delivery[hart] == 1 && c.best(hart) != 0 }

func (c *chip) claim(hart uint32) uint32 {
	s := c.best(hart)
	if s == 0 {
		return 0
	}
	if !c.mode[s].level() {
		c.pending[s] = false
	}
	return s<<16 | c.target[s]&0xff
}

// Load implements regtest.Model.
func (c *chip) Load(off uintptr, width int) uint64 {
	hart := uint32(off-idcBase) / idcSize
	switch {
	case width != 4:
	case off == domainCfg:
		return uint64(0x80<<24 | c.cfg)
	case off <= 4*MaxSource:
		return uint64(c.mode[off/4])
	case off >= inClrIP && off < inClrIP+0x80:
		var v uint64
		for bit := range uint32(32) {
			if s := uint32(off-inClrIP)*8 + bit; s > 0 && c.active(s) {
				v |= 1 << bit
			}
		}
		return v
	case off > target && off <= target+4*MaxSource:
		return uint64(c.target[(off-target)/4])
	case off >= idcBase && off%idcSize == idcClaim:
		return uint64(c.claim(hart))
	}
	return 0
}

// Store implements regtest.Model.
func (c *chip) Store(off uintptr, width int, v uint64) {
	hart, s := uint32(off-idcBase)/idcSize, uint32(v)
	switch {
	case width != 4:
		c.stray = append(c.stray, off)
	case off == domainCfg:
		c.cfg = s & cfgEnable
		if s&cfgMessages != 0 && c.canSend || !c.canWire {
			c.cfg |= cfgMessages
		}
	case off <= 4*MaxSource:
		if n := off / 4; c.delegated[n] {
			c.mode[n] = Mode(s)
			c.pending[n] = c.mode[n].level() && c.active(uint32(n))
		}
	case off >= clrIE && off < clrIE+0x80:
		for bit := range uint32(32) {
			if s>>bit&1 != 0 {
				c.enabled[uint32(off-clrIE)*8+bit] = false
			}
		}
	case off == setIENum:
		c.enabled[s] = c.mode[s] != Inactive
		c.deliver(s)
	case off == clrIENum:
		c.enabled[s] = false
	case off == clrIPNum:
		if !c.mode[s].level() || c.cfg&cfgMessages != 0 {
			c.pending[s] = false
		}
	case off == setIPNumLE:
		if c.mode[s] != Inactive && (!c.mode[s].level() || c.active(s) || c.careless) {
			c.pending[s] = true
			c.deliver(s)
		}
	case off > target && off <= target+4*MaxSource:
		if n := (off - target) / 4; c.mode[n] != Inactive {
			c.target[n] = s
		}
	case off >= idcBase && off%idcSize == idcDelivery:
		c.delivery[hart] = s
	case off >= idcBase && (off%idcSize == idcThreshold || off%idcSize == idcForce):
		c.threshold[hart] = s
	default:
		c.stray = append(c.stray, off)
	}
}
