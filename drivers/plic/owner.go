package plic

import (
	"errors"

	"atoll/drivers/reg"
)

// Limits of the format and offsets of the owner's pages (chapter "Memory Map").
const (
	MaxSources  = 1023
	MaxContexts = 15872

	priorityBase  = 0x00_0000 // 4 bytes a source
	pendingBase   = 0x00_1000 // a bit a source
	enableBase    = 0x00_2000 // a bit a source, for each context
	enableStride  = 0x80
	sourcesOfWord = 32
)

// OwnerSize is the size of the owner's pages from the controller's first
// register; the contexts' pages follow.
const OwnerSize = 0x20_0000

// Errors. They are values, so that reporting one allocates nothing.
var (
	ErrSource   = errors.New("plic: no such interrupt source")
	ErrContext  = errors.New("plic: no such context")
	ErrPriority = errors.New("plic: the controller does not have this priority")
	ErrSize     = errors.New("plic: more sources or contexts than a PLIC can have")
)

// Owner is the side of a controller that one core owns.
type Owner struct {
	regs     reg.Block
	sources  uint32 // highest source
	contexts uint32 // number of contexts
}

// NewOwner returns the owner's side of the controller whose first register is
// at the start of regs. sources is the highest source (riscv,ndev), contexts
// the number of contexts. It touches no register.
func NewOwner(regs reg.Block, sources, contexts uint32) (*Owner, error) {
	if sources > MaxSources || contexts > MaxContexts {
		return nil, ErrSize
	}
	return &Owner{regs, sources, contexts}, nil
}

// SetPriority sets the priority of a source; 0 means never, and a context's
// threshold must be below it. Priorities are WARL: ErrPriority says that the
// controller kept another one (chapter "Interrupt Priorities").
func (o *Owner) SetPriority(source, priority uint32) error {
	if !validSource(source, o.sources) {
		return ErrSource
	}
	at := priorityBase + 4*uintptr(source)
	o.regs.Write32(at, priority)
	if o.regs.Read32(at) != priority {
		return ErrPriority
	}
	return nil
}

// Enable lets a source interrupt a context (chapter "Interrupt Enables").
func (o *Owner) Enable(source, context uint32) error {
	return o.setEnabled(source, context, true)
}

// Disable stops a source from interrupting a context. One that is claimed and
// not completed stays blocked until it is enabled somewhere and completed there
// (chapter "Interrupt Completion").
func (o *Owner) Disable(source, context uint32) error {
	return o.setEnabled(source, context, false)
}

func (o *Owner) setEnabled(source, context uint32, on bool) error {
	if !validSource(source, o.sources) {
		return ErrSource
	}
	if context >= o.contexts {
		return ErrContext
	}
	at := enableWord(source/sourcesOfWord, context)
	bit := uint32(1) << (source % sourcesOfWord)
	// No other core writes this page, so load and store need not be atomic.
	word := o.regs.Read32(at)
	if on {
		word |= bit
	} else {
		word &^= bit
	}
	o.regs.Write32(at, word)
	return nil
}

// DisableAll stops every source from interrupting a context: at the start, as
// firmware may have left some enabled, and for a core that has died.
func (o *Owner) DisableAll(context uint32) error {
	if context >= o.contexts {
		return ErrContext
	}
	for word := uint32(0); word <= o.sources/sourcesOfWord; word++ {
		o.regs.Write32(enableWord(word, context), 0)
	}
	return nil
}

// Pending reports whether a request of the source waits to be claimed (chapter
// "Interrupt Pending Bits"). It is false between claim and completion.
func (o *Owner) Pending(source uint32) (bool, error) {
	if !validSource(source, o.sources) {
		return false, ErrSource
	}
	word := o.regs.Read32(pendingBase + 4*uintptr(source/sourcesOfWord))
	return word>>(source%sourcesOfWord)&1 != 0, nil
}

// ContextsIn returns the number of contexts whose enable words lie in the first
// size bytes of the owner's pages.
func ContextsIn(size uint64) uint32 {
	if size < enableBase {
		return 0
	}
	return uint32(min((size-enableBase)/enableStride, MaxContexts))
}

func enableWord(word, context uint32) uintptr {
	return enableBase + enableStride*uintptr(context) + 4*uintptr(word)
}

// validSource reports whether the source exists; 0 means "no interrupt".
func validSource(source, highest uint32) bool { return source != 0 && source <= highest }
