package aplic

import (
	"errors"

	"atoll/drivers/reg"
)

// MaxSource is the highest source that a domain can have.
const MaxSource = 1023

// Offsets of a domain's registers (section 4.5).
const (
	domainCfg  = 0x0000
	sourceCfg  = 0x0000 // 4 bytes a source, from source 1 on
	inClrIP    = 0x1d00 // read: a bit a source, whether its wire is active
	clrIE      = 0x1f00 // a bit a source: no interrupts of it
	clrIPNum   = 0x1ddc // a source number: forget that it is pending
	setIENum   = 0x1edc // a source number: let it interrupt
	clrIENum   = 0x1fdc
	setIPNumLE = 0x2000 // a source number, little-endian: make it pending
	target     = 0x3000 // 4 bytes a source, from source 1 on
)

// Bits of domaincfg (section 4.5.1).
const (
	cfgBigEndian = 1 << 0
	cfgMessages  = 1 << 2 // DM: message-signalled delivery mode
	cfgEnable    = 1 << 8 // IE
)

// Mode says when a source is pending: the values of sourcecfg.SM (section 4.5.2).
type Mode uint32

// Modes.
const (
	Inactive    Mode = 0
	RisingEdge  Mode = 4
	FallingEdge Mode = 5
	LevelHigh   Mode = 6
	LevelLow    Mode = 7
)

// level reports whether the source is pending for as long as its wire is active.
func (m Mode) level() bool { return m == LevelHigh || m == LevelLow }

// priority is that of every source with wires; 1 is the highest (section 4.5.16).
const priority = 1

// Errors. They are values, so that reporting one allocates nothing.
var (
	ErrSource    = errors.New("aplic: no such interrupt source in this domain")
	ErrSize      = errors.New("aplic: more sources than a domain can have")
	ErrDelivery  = errors.New("aplic: the domain does not deliver interrupts this way")
	ErrTarget    = errors.New("aplic: the domain does not have this target")
	ErrBigEndian = errors.New("aplic: the domain is big-endian")
)

// Domain is a domain's registers, as its owner sees them.
type Domain struct {
	regs     reg.Block
	sources  uint32 // highest source
	messages bool
}

// NewDomain returns the domain whose first register is at the start of regs. sources
// is the highest source (riscv,num-sources). It touches no register.
func NewDomain(regs reg.Block, sources uint32, messages bool) (*Domain, error) {
	if sources > MaxSource {
		return nil, ErrSize
	}
	return &Domain{regs: regs, sources: sources, messages: messages}, nil
}

// Reset makes every source inactive, and the domain deliver in its way those that are
// routed from now on.
func (d *Domain) Reset() error {
	d.regs.Write32(domainCfg, 0)
	for word := uintptr(0); word <= uintptr(d.sources)/32; word++ {
		d.regs.Write32(clrIE+4*word, ^uint32(0))
	}
	for source := uint32(1); source <= d.sources; source++ {
		d.regs.Write32(at(sourceCfg, source), uint32(Inactive))
	}
	return d.Start()
}

// Start makes the domain deliver what is routed, and changes no route: for a successor
// that finds a domain in use (section 4.5.1).
func (d *Domain) Start() error {
	want := uint32(cfgEnable)
	if d.messages {
		want |= cfgMessages
	}
	d.regs.Write32(domainCfg, want)
	switch got := d.regs.Read32(domainCfg); {
	case got&cfgBigEndian != 0:
		return ErrBigEndian
	case got&(cfgEnable|cfgMessages) != want:
		return ErrDelivery
	}
	return nil
}

// Route makes a source interrupt a hart, by its number at this controller, and no
// other. id is the identity of its messages, without meaning for wires. What was
// pending before is forgotten, but a wire that is active counts anew (sections 4.5.2,
// 4.5.16, 4.9.2).
func (d *Domain) Route(source uint32, mode Mode, hart, id uint32) error {
	if !d.valid(source) {
		return ErrSource
	}
	d.regs.Write32(clrIENum, source)
	d.regs.Write32(at(sourceCfg, source), uint32(mode))
	if d.regs.Read32(at(sourceCfg, source)) != uint32(mode) {
		return ErrSource
	}
	d.regs.Write32(clrIPNum, source)
	want := hart<<18 | priority
	if d.messages {
		want = hart<<18 | id
	}
	d.regs.Write32(at(target, source), want)
	if d.regs.Read32(at(target, source)) != want {
		return ErrTarget
	}
	d.regs.Write32(setIENum, source)
	d.again(source, mode)
	return nil
}

// Mask stops a source from interrupting anybody.
func (d *Domain) Mask(source uint32) error {
	if !d.valid(source) {
		return ErrSource
	}
	d.regs.Write32(clrIENum, source)
	d.regs.Write32(at(sourceCfg, source), uint32(Inactive))
	return nil
}

// Again makes a level-sensitive source whose wire is still active send its message
// again. Without it nothing more would ever come from a device that wanted service
// again before its driver was done (section 4.9.2).
func (d *Domain) Again(source uint32) error {
	if !d.valid(source) {
		return ErrSource
	}
	d.again(source, Mode(d.regs.Read32(at(sourceCfg, source))))
	return nil
}

func (d *Domain) again(source uint32, mode Mode) {
	// An emulator before QEMU 9 sends one whatever the wire says, and would so for
	// ever; hence the look at it.
	if d.messages && mode.level() && d.active(source) {
		d.regs.Write32(setIPNumLE, source)
	}
}

// active reports whether a source's wire is active, by its mode (section 4.5.7).
func (d *Domain) active(source uint32) bool {
	return d.regs.Read32(inClrIP+4*uintptr(source/32))>>(source%32)&1 != 0
}

func (d *Domain) valid(source uint32) bool { return source != 0 && source <= d.sources }

// at returns where a source's register of an array is.
func at(array uintptr, source uint32) uintptr { return array + 4*uintptr(source) }
