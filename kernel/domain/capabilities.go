package domain

import (
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
)

// What a revoke may delete before it has to be called again, and how many slots a call looks
// at for objects that wait to be cleaned: of all small ones, at once.
const (
	revokeBudget = 64
	cleanBudget  = 128
)

func identify(c *Core, p *Caller) *dispatch.Dispatcher {
	r, e := c.find(p, p.arg(0), capability.Read)
	if e != abi.OK {
		return p.answer(e)
	}
	is, err := c.db.Identify(r) // held would take 35 instructions more
	if err == capability.OK {
		p.X[regA0+1] = uint64(is.Type) | uint64(is.Rights)<<8 | uint64(is.Badge)<<32
		p.X[regA0+2], p.X[regA0+3] = is.Base, is.Size
	}
	return p.answer(abi.Error(err))
}

// pair finds the slots that the first two arguments name.
func (c *Core) pair(p *Caller, need, also capability.Rights) (first, second capability.Ref, e abi.Error) {
	first, second, ok := c.db.FindTwo(p.root, p.arg(0), p.arg(1), need|also)
	if ok {
		return first, second, abi.OK
	}
	if first, e = c.find(p, p.arg(0), need); e != abi.OK {
		return 0, 0, e
	}
	second, e = c.find(p, p.arg(1), also)
	return first, second, e
}

func copyCap(c *Core, p *Caller) *dispatch.Dispatcher {
	src, dst, e := c.pair(p, capability.Read, capability.Write)
	if e == abi.OK {
		e = abi.Error(c.db.Copy(dst, src))
	}
	return p.answer(e)
}

func mint(c *Core, p *Caller) *dispatch.Dispatcher {
	src, dst, e := c.pair(p, capability.Read, capability.Write)
	if rights, badge := p.arg(2), p.arg(3); e == abi.OK {
		switch {
		case rights > uint64(capability.AllRights):
			e = abi.Error(capability.ErrRights)
		case badge>>32 != 0:
			e = abi.Error(capability.ErrRange)
		default:
			e = abi.Error(c.db.Mint(dst, src, capability.Rights(rights), uint32(badge)))
		}
	}
	return p.answer(e)
}

func move(c *Core, p *Caller) *dispatch.Dispatcher {
	src, dst, e := c.pair(p, capability.Read|capability.Write, capability.Write)
	if e == abi.OK {
		e = abi.Error(c.db.Move(dst, src))
	}
	return p.answer(e)
}

func deleteCap(c *Core, p *Caller) *dispatch.Dispatcher {
	r, e := c.find(p, p.arg(0), capability.Write)
	if e != abi.OK {
		return p.answer(e)
	}
	if c.db.DeleteCopy(r) {
		return p.answer(abi.OK)
	}
	c.mayEnd(p)
	err := c.db.Delete(r)
	c.db.Clean(cleanBudget)
	return c.finish(p, abi.Error(err))
}

// revoke is for who has all rights that such a capability can have: it takes the object
// away from all others, whoever made it.
func revoke(c *Core, p *Caller) *dispatch.Dispatcher {
	r, is, e := c.held(p, 0)
	switch {
	case e != abi.OK:
		return p.answer(e)
	case c.isForeign(is):
		if is.Rights|capability.Execute != is.Type.Rights() { // which no other core's has
			return p.answer(abi.Error(capability.ErrRights))
		}
		return c.revokeRemote(p, r, is)
	case is.Rights != is.Type.Rights():
		return p.answer(abi.Error(capability.ErrRights))
	case p.arg(1) == abi.RevokeAll:
		return c.revokeAll(p, r, is)
	}
	c.mayEnd(p)
	done, err := c.db.Revoke(r, revokeBudget)
	if err == capability.OK && !done {
		if _, blocked := c.db.Blocked(); blocked && c.current != 0 { // else it has ended
			return c.revokeRemote(p, r, is)
		}
		return c.finish(p, abi.ErrAgain)
	}
	return c.finish(p, abi.Error(err))
}

// revokeAll revokes all while its caller waits and nobody else makes more of it.
func (c *Core) revokeAll(p *Caller, r capability.Ref, is capability.Cap) *dispatch.Dispatcher {
	number := c.demandFor(p, request{of: is, slot: r})
	if number == 0 {
		return p.answer(abi.ErrNoMemory)
	}
	q, next := c.requestOf(number), c.block(p, forRemote, abi.Forever)
	c.db.Freeze(is)
	c.loop.Chore(func() bool {
		blocked := false
		if c.keeps(q) {
			if done, _ := c.db.Revoke(r, revokeBudget); !done {
				if _, blocked = c.db.Blocked(); !blocked {
					return true
				}
			}
		}
		if c.db.Thaw(is); blocked {
			c.remote.monitor.Revoke(number, is) // other cores have some
		} else {
			c.Result(number, abi.OK)
		}
		return false
	})
	return next
}

// made decodes what Retype is to make, and of what.
func (c *Core) made(p *Caller) (src capability.Ref, m capability.Made, e abi.Error) {
	if src, e = c.find(p, p.arg(0), capability.Read); e != abi.OK {
		return 0, m, e
	}
	cnode, e := c.find(p, p.arg(5), capability.Read)
	if e == abi.OK && p.arg(2) >= uint64(capability.NumTypes) {
		e = abi.Error(capability.ErrWrongType)
	}
	return src, capability.Made{
		Offset: p.arg(1), Type: capability.Type(p.arg(2)), Size: p.arg(3), Count: p.arg(4),
		CNode: cnode, First: p.arg(6),
	}, e
}

func retype(c *Core, p *Caller) *dispatch.Dispatcher {
	src, m, e := c.made(p)
	if e != abi.OK {
		return p.answer(e)
	}
	if is, err := c.db.Identify(src); err == capability.OK && c.isShared(is) && !c.db.Begun(src, m) {
		return c.retypeRemote(p, is, m)
	}
	c.mayEnd(p)
	done, err := c.db.RetypeStep(src, m)
	if err == capability.ErrInUse && c.db.Dying() {
		// By what has been deleted, perhaps: it is in use until it has been cleaned.
		if c.db.Clean(revokeBudget) {
			return c.finish(p, abi.ErrAgain)
		}
		done, err = c.db.RetypeStep(src, m)
	}
	if err == capability.OK && !done {
		return c.finish(p, abi.ErrAgain)
	}
	return c.finish(p, abi.Error(err))
}

func mapCap(c *Core, p *Caller) *dispatch.Dispatcher {
	r, table, e := c.pair(p, capability.Read, capability.Read)
	index, count, offset, rights := p.arg(2), p.arg(3), p.arg(4), p.arg(5)
	switch {
	case e != abi.OK:
	case rights > uint64(capability.AllRights):
		e = abi.Error(capability.ErrRights)
	case count == 1 && offset == 0:
		e = abi.Error(c.db.MapPage(r, table, index, capability.Rights(rights)))
	default:
		e = abi.Error(c.db.Map(r, capability.Place{
			VNode: table, Index: index, Count: count, Offset: offset, Rights: capability.Rights(rights),
		}))
	}
	return p.answer(e)
}

func unmap(c *Core, p *Caller) *dispatch.Dispatcher {
	r, e := c.find(p, p.arg(0), capability.Read)
	if e == abi.OK {
		e = abi.Error(c.db.Unmap(r))
	}
	return p.answer(e)
}
