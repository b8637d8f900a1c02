package main

import (
	"fmt"
	"slices"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
)

// The operations of an instance over cores; work.go has those of one that is alone.

// make makes a frame or RAM of a lot.
func (x *sharer) make() error {
	lot := x.r.Intn(lots)
	i := item{own: true, firm: true, sole: true, is: capability.Cap{Type: capability.RAM, Base: x.base + uint64(lot)*lotSize, Size: lotSize}}
	if x.r.Intn(2) == 0 {
		i.is.Type = capability.Frame
	}
	i.is.Rights = i.is.Type.Rights()
	may := []error{nil, errInUse}
	if x.clean[lot] {
		may = may[:1]
	}
	if slices.ContainsFunc(x.items, func(o *item) bool { return o.firm && o.is.Base == i.is.Base }) {
		may = may[1:]
	}
	return x.makeOf(x.ram.Cap, i, uint64(lot)*lotSize, func(err error) error {
		if err == nil {
			x.clean[lot] = false
		}
		return x.judge("make", &item{is: i.is, firm: true}, err, may...)
	})
}

// makeOf makes an item of RAM, has the answer judged, and looks at what a new frame has.
func (x *sharer) makeOf(ram sys.Cap, i item, offset uint64, judge func(error) error) error {
	n, err := x.add(i, func(slot sys.Cap) error {
		cnode, index := slots.Own.Place(slot)
		return sys.Retype(ram, sys.Made{Offset: offset, Type: i.is.Type, Size: i.is.Size, Count: 1, CNode: cnode, First: index})
	})
	if e := judge(err); e != nil || err != nil {
		return e
	}
	return x.see(n, true)
}

// pass gives a copy to another instance.
func (x *sharer) pass(i *item, l *link) error {
	if l == nil || l.ended {
		return nil
	}
	rights := capability.Rights(x.r.Intn(4)) | capability.Read
	i.sole, i.firm = false, i.firm && rights&capability.Write == 0
	err := sys.Pass(l.Cap, i.slot, rights, sys.After(patience))
	if err == nil {
		x.passed++
	}
	return x.judge("pass", i, err, nil, abi.ErrFull, abi.ErrAgain, abi.ErrPeerDead)
}

// collect takes what another has passed.
func (x *sharer) collect(l *link) error {
	if l == nil || l.ended || len(x.items) > mostHad {
		return nil
	}
	i, err := x.add(item{child: true}, func(slot sys.Cap) error { return sys.Collect(l.Cap, slot) })
	l.ended = err == abi.ErrPeerDead
	if err := x.judge("collect", &item{firm: true}, err, nil, abi.ErrTime, abi.ErrPeerDead); err != nil || i == nil {
		return err
	}
	x.had++
	is, err := sys.Identify(i.slot)
	if err == nil && (is.Type != capability.Frame && is.Type != capability.RAM || is.Rights&^readWrite != 0 || is.Size > lotSize || is.Size == 0) {
		return fmt.Errorf("%+v has come", is)
	}
	i.is, i.own = is, is.Base-x.base < x.ram.Size
	return x.judge("identify", i, err, nil)
}

// copy copies an item within the instance, perhaps with fewer rights.
func (x *sharer) copy(i *item) error {
	if len(x.items) > mostHad {
		return nil
	}
	n := *i
	n.is.Rights &= capability.Rights(x.r.Intn(8))
	n.firm, n.sole, n.va = false, false, 0
	i.firm, i.sole = false, false
	_, err := x.add(n, func(slot sys.Cap) error { return sys.Mint(i.slot, slot, n.is.Rights, 0) })
	return x.judge("copy", i, err, nil, errFrozen)
}

// retype makes a page of RAM a frame.
func (x *sharer) retype(i *item) error {
	if i.is.Type != capability.RAM || len(x.items) > mostHad {
		return nil
	}
	offset := page * uint64(x.r.Intn(lotPages))
	n := item{own: i.own, child: true, sole: true}
	n.is = capability.Cap{Type: capability.Frame, Rights: capability.Frame.Rights() & i.is.Rights, Base: i.is.Base + offset, Size: page}
	may := []error{nil}
	if !i.sole {
		may = append(may, errInUse)
	}
	if !i.firm {
		may = append(may, errFrozen, errGone)
	}
	if !i.own {
		may = append(may, abi.ErrPeerDead)
	}
	if i.is.Rights&capability.Write == 0 {
		may[0] = errRights
	}
	return x.makeOf(i.slot, n, offset, func(err error) error {
		if err == nil {
			i.sole = false
		}
		return x.judge("retype", i, err, may...)
	})
}

// mayRevoke reports whether an item has the rights for it.
func (i *item) mayRevoke() bool {
	rights := i.is.Rights
	if !i.own {
		rights |= capability.Execute // which no other core's has
	}
	return rights&i.is.Type.Rights() == i.is.Type.Rights()
}

// revoke takes all other copies away, and what was made of them.
func (x *sharer) revoke(i *item) error {
	err := sys.Revoke(i.slot)
	switch {
	case !i.mayRevoke():
		return x.judge("revoke", i, err, errRights)
	case err == nil:
		i.sole, i.firm = true, i.own && !i.child
	}
	if i.own {
		return x.judge("revoke", i, err, nil)
	}
	return x.judge("revoke", i, err, nil, abi.ErrPeerDead)
}

// drop deletes an item.
func (x *sharer) drop(i *item) error {
	err := sys.Delete(i.slot)
	if err != nil {
		return x.judge("delete", i, err, nil)
	}
	x.made++
	if i.firm && i.sole {
		x.clean[(i.is.Base-x.base)/lotSize] = true
	}
	return x.forget(i)
}

// revokeAll takes all back that is made of the instance's RAM: nothing is left of it anywhere.
func (x *sharer) revokeAll() error {
	if err := x.judge("revoke", &item{is: capability.Cap{Base: x.base}, firm: true}, sys.Revoke(x.ram.Cap), nil); err != nil {
		return err
	}
	for _, i := range slices.Clone(x.items) {
		if !i.own {
			continue
		}
		if err := x.lost(i); err != nil {
			return err
		}
	}
	x.cleanAll()
	return nil
}

// close gives back all that the instance has.
func (x *sharer) close() error {
	if err := x.revokeAll(); err != nil {
		return err
	}
	for _, i := range slices.Clone(x.items) {
		if err := x.drop(i); err != nil {
			return err
		}
	}
	for _, l := range x.links {
		if l != nil {
			if err := l.Close(); err != nil {
				return err
			}
		}
	}
	return memory.Give(x.ram)
}
