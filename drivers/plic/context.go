package plic

import "atoll/drivers/reg"

// Offsets in a context's page (chapter "Memory Map").
const (
	thresholdReg = 0
	claimReg     = 4
)

// ContextSize is the size of a context's page.
const ContextSize = 0x1000

// ContextOffset returns where a context's page is, from the controller's first
// register.
func ContextOffset(context uint32) uint64 { return OwnerSize + ContextSize*uint64(context) }

// Context is a core's own side of a controller.
type Context struct {
	regs    reg.Block // the context's page
	sources uint32    // highest source
	bogus   uint64
}

// NewContext returns the side of the context whose page regs is. It touches no
// register.
func NewContext(regs reg.Block, sources uint32) (*Context, error) {
	if sources > MaxSources {
		return nil, ErrSize
	}
	return &Context{regs: regs, sources: sources}, nil
}

// SetThreshold masks every source whose priority is not above the threshold; 0
// masks none (chapter "Priority Thresholds").
func (c *Context) SetThreshold(priority uint32) { c.regs.Write32(thresholdReg, priority) }

// Claim takes the pending source with the highest priority, lowest number
// first, and reports false if there is none: another context was faster, or the
// hart's pending bit was stale (chapter "Interrupt Claim Process"). After a
// trap, claim until there is none. Each claim wants one Complete.
func (c *Context) Claim() (source uint32, ok bool) {
	source = c.regs.Read32(claimReg)
	if source == 0 {
		return 0, false
	}
	if source > c.sources {
		c.bogus++
		return 0, false
	}
	return source, true
}

// Complete tells the controller that the source's interrupt has been handled,
// so that it may interrupt again. The source must be enabled for this context;
// the controller ignores it otherwise (chapter "Interrupt Completion").
func (c *Context) Complete(source uint32) error {
	if !validSource(source, c.sources) {
		return ErrSource
	}
	c.regs.Write32(claimReg, source)
	return nil
}

// Bogus returns how often the controller named a source that it does not have.
func (c *Context) Bogus() uint64 { return c.bogus }
