package main

import (
	"errors"
	"time"

	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/slots"
	"atoll/user/sys"
)

// codeAt is where a dispatcher's code lies in its address space.
const codeAt = 16 * layout.PageSize

// dispatcher is a native dispatcher in an address space of its own, with a page of code.
type dispatcher struct {
	cap   sys.Cap
	table sys.Cap // of level 0
	text  []uint32
}

// world is what the experiments need.
type world struct {
	rounds  int
	arena   *memory.Arena
	space   *memory.Space
	objects []memory.Object
	copies  []sys.Cap

	d      [2]dispatcher
	box    [2]sys.Cap // endpoints
	done   sys.Cap    // where a program says that it has ended
	frame  sys.Cap
	ram    sys.Cap // a page
	spare  sys.Cap // an empty slot
	spare2 sys.Cap
}

func newWorld(rounds int) (*world, error) {
	w := &world{rounds: rounds, arena: memory.Own()}
	w.space = memory.NewSpace(w.arena)
	var errs [8]error
	w.box[0], errs[0] = w.make(capability.Endpoint, layout.PageSize)
	w.box[1], errs[1] = w.make(capability.Endpoint, layout.PageSize)
	w.done, errs[2] = w.make(capability.Endpoint, layout.PageSize)
	w.frame, errs[3] = w.make(capability.Frame, layout.PageSize)
	w.ram, errs[4] = w.make(capability.RAM, layout.PageSize)
	w.spare, errs[5] = slots.Own.Take()
	w.spare2, errs[6] = slots.Own.Take()
	for i := range w.d {
		errs[7] = errors.Join(errs[7], w.build(&w.d[i]))
	}
	return w, errors.Join(errs[:]...)
}

// make makes an object.
func (w *world) make(t capability.Type, size uint64) (sys.Cap, error) {
	o, err := w.arena.Make(t, size)
	if err == nil {
		w.objects = append(w.objects, o)
	}
	return o.Cap, err
}

// build makes a dispatcher and its address space.
func (w *world) build(d *dispatcher) error {
	frame, err := w.make(capability.Frame, layout.PageSize)
	if err != nil {
		return err
	}
	va, err := w.space.Map(frame, layout.PageSize, capability.Read|capability.Write)
	if err != nil {
		return err
	}
	d.text = words(va)
	there, err := slots.Own.Take()
	if err != nil {
		return err
	}
	if err := sys.Copy(frame, there); err != nil {
		return err
	}
	w.copies = append(w.copies, there)
	var tables [3]sys.Cap
	for i := range tables {
		if tables[i], err = w.make(capability.VNodeL2+capability.Type(i), 2*layout.PageSize); err != nil {
			return err
		}
	}
	d.table = tables[2]
	err = errors.Join(
		sys.Map(tables[1], sys.Place{Table: tables[0], Index: 0, Count: 1}),
		sys.Map(tables[2], sys.Place{Table: tables[1], Index: 0, Count: 1}),
		sys.Map(there, sys.Place{Table: tables[2], Index: codeAt / layout.PageSize, Count: 1, Rights: capability.Read | capability.Execute}),
	)
	if err != nil {
		return err
	}
	if d.cap, err = w.make(capability.Dispatcher, 2*layout.PageSize); err != nil {
		return err
	}
	return sys.Configure(d.cap, sys.Configured{CNode: abi.SlotRoot, Space: tables[0]})
}

// run lets dispatchers run their code, the last of which begins last and says when it has
// come to its end, and returns how long that took.
func (w *world) run(programs ...*code) (begin time.Time, err error) {
	for i, c := range programs {
		copy(w.d[i].text, c.words)
	}
	ecall.SyncCode()
	for i := range programs {
		if i == len(programs)-1 {
			begin = time.Now()
		}
		if err := sys.Start(w.d[i].cap, codeAt, 0, uint64(w.rounds)); err != nil {
			return begin, err
		}
		if i < len(programs)-1 {
			time.Sleep(time.Millisecond) // it has its turn, and waits then, or yields
		}
	}
	var m sys.Message
	if err := sys.Receive(w.done, &m, 0, abi.Forever); err != nil {
		return begin, err
	}
	for i := range programs {
		err = errors.Join(err, sys.Stop(w.d[i].cap))
	}
	return begin, err
}

// close ends all objects.
func (w *world) close() error {
	var err error
	for _, c := range w.copies {
		err = errors.Join(err, sys.Delete(c))
	}
	for i := len(w.objects) - 1; i >= 0; i-- {
		err = errors.Join(err, w.arena.Drop(w.objects[i]))
	}
	return err
}
