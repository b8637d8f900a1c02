package domain

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
	"atoll/kernel/dispatch"
)

// Numbers of a post office: callers 2i and 2i+1 are threads of one process.
const (
	people = 6
	boxes  = 4
)

// Where things lie in a post office: a CNode of the kernel's, one of each caller, and RAM of
// which the endpoints and then the callers' gifts are made.
const (
	officePage = memtest.Base
	tablesBase = officePage + layout.PageSize
	postRAM    = tablesBase + people*layout.PageSize
	postPages  = boxes + people
)

// Indices in the kernel's CNode and in each caller's.
const (
	slotPost  = 2
	slotBox   = 8  // + box
	slotGift  = 32 // + person, in the kernel's; a caller has its own in the first
	slotComes = 40 // for a gift that comes
)

func tableSlot(who, i int) capability.Ref {
	return capability.Ref(tablesBase + uint64(who)*layout.PageSize + uint64(i)*capability.SlotSize)
}

// post is a core whose callers send each other messages, and what that should come to.
type post struct {
	t testing.TB
	*Core
	hart    *postHart
	callers [people]*Caller
	all     uint64 // capabilities that there are when nothing is sent

	seq   uint64
	boxes [boxes]modelBox
	who   [people]modelCaller
	log   []string
}

// modelMessage is a message; gift is whose gift comes with it, -1 none.
type modelMessage struct {
	words [abi.MessageWords]uint64
	badge uint64
	gift  int
	from  int // who waits for the answer, -1 nobody
}

type modelBox struct {
	there  bool
	queue  []modelMessage
	waiter int
}

type modelCaller struct {
	gone  bool
	at    int // box, -1: does not wait
	slot  bool
	queue int // box with its message, -1
	on    int // process that has its message, -1
	gift  bool
	has   int // whose gift it has got, -1
	a0    abi.Error
	a1    uint64
	words [abi.MessageWords]uint64
	check bool // a1 and words count
}

// postHart is a hart whose waits and runs a test says.
type postHart struct {
	hart
	wait func(until uint64)
	run  func()
}

func (h *postHart) Wait(until uint64) { h.wait(until) }

func (h *postHart) Run(u *shim.User, _ uint64, serve func() *shim.User) {
	h.run()
	u.Cause = shim.CauseStopped
	serve()
}

func newPost(t testing.TB) *post {
	t.Helper()
	x := &post{t: t, hart: &postHart{hart: hart{now: 100}}}
	mem := newMemory(t, (postRAM-memtest.Base)/layout.PageSize+postPages)
	x.Core = New(mem, dispatch.New(x.hart, dispatch.NewScheduler(1000)), 9)
	plant := func(r capability.Ref, c capability.Cap) {
		c.Rights = capability.AllRights
		if e := x.db.Plant(r, c); e != capability.OK {
			t.Fatal(e)
		}
	}
	plant(kernelSlot(1), capability.Cap{Type: capability.CNode, Base: officePage, Size: layout.PageSize})
	plant(kernelSlot(slotPost), capability.Cap{Type: capability.RAM, Base: postRAM, Size: postPages * layout.PageSize})
	for i := range people {
		plant(tableSlot(i, 1), capability.Cap{Type: capability.CNode, Base: tablesBase + uint64(i)*layout.PageSize, Size: layout.PageSize})
		x.make(capability.Frame, boxes+i, slotGift+i)
		x.who[i] = modelCaller{gone: true, at: -1, queue: -1, on: -1, has: -1}
		x.callers[i] = &Caller{}
	}
	for b := range boxes {
		x.boxes[b].waiter = -1
		x.open(b)
	}
	for i := range people {
		x.join(i)
		x.wrap(i)
	}
	x.all = x.db.Count()
	return x
}

// make makes the object of a page of the RAM.
func (x *post) make(typ capability.Type, page, index int) {
	x.t.Helper()
	if e := x.db.Retype(kernelSlot(slotPost), capability.Made{
		Offset: uint64(page) * layout.PageSize, Type: typ, Size: layout.PageSize, Count: 1,
		CNode: kernelSlot(1), First: uint64(index),
	}); e != capability.OK {
		x.t.Fatal(e)
	}
}

func (x *post) ok(e capability.Error) {
	x.t.Helper()
	if e != capability.OK {
		x.t.Fatal(e)
	}
}

// mayUse is what a caller may do with a box: the first of a process may not send to the last
// one, and who has an odd number may not receive at the first.
func mayUse(who, box int) capability.Rights {
	switch {
	case who%2 == 0 && box == boxes-1:
		return capability.Read
	case who%2 == 1 && box == 0:
		return capability.Write
	}
	return capability.Read | capability.Write
}

func badge(who, box int) uint64 { return uint64(1 + who*boxes + box) }

// open makes an endpoint, of which all callers get capabilities.
func (x *post) open(b int) {
	x.make(capability.Endpoint, b, slotBox+b)
	for i := range people {
		x.ok(x.db.Mint(tableSlot(i, slotBox+b), kernelSlot(uint64(slotBox+b)), mayUse(i, b), uint32(badge(i, b))))
	}
	x.boxes[b].there = true
}

// close ends an endpoint.
func (x *post) close(b int) {
	for done := false; !done; {
		var e capability.Error
		done, e = x.db.Revoke(kernelSlot(uint64(slotBox+b)), 3)
		x.ok(e)
	}
	x.ok(x.db.Delete(kernelSlot(uint64(slotBox + b))))
	for x.db.Clean(5) {
	}
	m := &x.boxes[b]
	m.there, m.queue = false, nil
	for i := range x.who {
		if x.who[i].at == b || x.who[i].queue == b {
			x.end(i, abi.ErrPeerDead)
		}
	}
}

// wrap gives a caller its gift.
func (x *post) wrap(i int) {
	if !x.who[i].gift {
		x.ok(x.db.Copy(tableSlot(i, slotGift), kernelSlot(uint64(slotGift+i))))
		x.who[i].gift = true
	}
}

// recall revokes a gift, wherever it is.
func (x *post) recall(i int) {
	done, e := x.db.Revoke(kernelSlot(uint64(slotGift+i)), 1000)
	if x.ok(e); !done {
		x.t.Fatal("a thousand copies of a gift")
	}
	x.who[i].gift = false
	for k := range x.who {
		if x.who[k].has == i {
			x.who[k].has = -1
		}
	}
	for b := range x.boxes {
		for k := range x.boxes[b].queue {
			if m := &x.boxes[b].queue[k]; m.gift == i {
				m.gift = -1
			}
		}
	}
}

func (x *post) join(i int) {
	x.Admit(x.callers[i], tableSlot(i&^1, 1), 0)
	if i%2 == 1 { // its table is that of the first, so its slots are
		x.callers[i].root = tableSlot(i, 1)
	}
	x.who[i].gone, x.who[i].check = false, false
}

// dismiss ends a caller, and its process if it was the last.
func (x *post) dismiss(i int) {
	x.Dismiss(x.callers[i])
	w := &x.who[i]
	if w.at >= 0 {
		x.end(i, 0)
		w.check, w.a0 = false, 0
	}
	w.gone = true
	if x.who[i^1].gone {
		for k := range x.who {
			if x.who[k].on == i/2 {
				x.end(k, abi.ErrPeerDead)
			}
		}
	}
	x.callers[i] = &Caller{}
}

// end ends the wait of a caller in the model.
func (x *post) end(i int, e abi.Error) {
	w := &x.who[i]
	if w.at >= 0 {
		x.boxes[w.at].waiter = -1
	}
	if w.queue >= 0 {
		for k := range x.boxes[w.queue].queue {
			if m := &x.boxes[w.queue].queue[k]; m.from == i {
				m.from = -1
			}
		}
	}
	w.at, w.queue, w.on, w.a0, w.check = -1, -1, -1, e, false
}

// get has a caller get the first message of a box, in the model.
func (x *post) get(i, b int, slot bool) abi.Error {
	w, m := &x.who[i], &x.boxes[b].queue[0]
	a1 := m.badge
	if m.gift >= 0 {
		if !slot {
			return abi.ErrNeedSlot
		}
		w.has = m.gift
		a1 |= abi.Came
	}
	w.a1, w.words, w.check = a1, m.words, true
	if m.from >= 0 {
		x.who[m.from].queue, x.who[m.from].on = -1, i/2
	}
	x.boxes[b].queue = x.boxes[b].queue[1:]
	return abi.OK
}

// send sends in the model. It returns whether the message is queued, and whether it answers.
func (x *post) send(i, b int, gift bool, words [abi.MessageWords]uint64) (to int, answers bool, e abi.Error) {
	box := &x.boxes[b]
	switch {
	case !box.there:
		return -1, false, abi.Error(capability.ErrNoSuchCap)
	case mayUse(i, b)&capability.Write == 0:
		return -1, false, abi.Error(capability.ErrRights)
	case gift && !x.who[i].gift:
		return -1, false, abi.Error(capability.ErrNoSuchCap)
	case len(box.queue) == abi.QueueLength:
		return -1, false, abi.ErrFull
	}
	m := modelMessage{words: words, badge: badge(i, b), gift: -1, from: -1}
	if gift {
		m.gift = i
	}
	box.queue = append(box.queue, m)
	if to = box.waiter; to < 0 {
		return -1, false, abi.OK
	}
	w := &x.who[to]
	answers = w.on == i/2
	x.end(to, abi.OK)
	w.a0 = x.get(to, b, w.slot && w.has < 0)
	return to, answers, abi.OK
}

// mayWait says whether a caller may wait at a box.
func (x *post) mayWait(i, b int, slot bool) abi.Error {
	switch {
	case !x.boxes[b].there:
		return abi.Error(capability.ErrNoSuchCap)
	case mayUse(i, b)&capability.Read == 0:
		return abi.Error(capability.ErrRights)
	case slot && x.who[i].has >= 0:
		return abi.Error(capability.ErrNotEmpty)
	case x.boxes[b].waiter >= 0:
		return abi.ErrBusy
	}
	return abi.OK
}

func (x *post) waitAt(i, b int, slot bool) {
	x.boxes[b].waiter = i
	x.who[i].at, x.who[i].slot = b, slot
}

// act makes a call of a caller, and does the same in the model. It returns who should run
// next, -1 nobody that the call knows.
func (x *post) act(i, number, b, at int, gift, slot, wait bool) (next int) {
	p, w := x.callers[i], &x.who[i]
	x.seq++
	words := [abi.MessageWords]uint64{uint64(i), x.seq, x.seq * 3, x.seq * 5, x.seq * 7}
	p.X = [32]uint64{}
	p.X[regA7] = uint64(number)
	p.X[regA0], p.X[regA0+1] = uint64(slotBox+b)<<16, uint64(slotBox+at)<<16
	copy(p.X[regWords:], words[:])
	if wait {
		p.X[regUntil] = abi.Forever
	}
	if gift {
		p.X[regGives] = slotGift << 16
	}
	if slot {
		p.X[regSlot] = slotComes << 16
	}
	x.log = append(x.log, fmt.Sprintf("%d %s to %d at %d gift=%v slot=%v wait=%v", i, Name(uint64(number)), b, at, gift, slot, wait))
	got := x.Call(p)
	w.check = false
	next = x.expect(i, number, b, at, gift, slot, wait, words)
	if next < 0 && got != nil || next >= 0 && got != &x.callers[next].Dispatcher {
		x.fail("the wrong one runs next, not %d", next)
	}
	return next
}

// expect does in the model what a call does.
func (x *post) expect(i, number, b, at int, gift, slot, wait bool, words [abi.MessageWords]uint64) (next int) {
	w := &x.who[i]
	if number == abi.CallReceive {
		if w.a0 = x.mayWait(i, b, slot); w.a0 != abi.OK {
			return i
		}
		return x.finish(i, b, -1, slot, wait)
	}
	box := &x.boxes[b]
	switch {
	case !box.there, gift && !w.gift && mayUse(i, b)&capability.Write != 0:
		w.a0 = abi.Error(capability.ErrNoSuchCap)
		return i
	case mayUse(i, b)&capability.Write == 0:
		w.a0 = abi.Error(capability.ErrRights)
		return i
	}
	if number == abi.CallExchange {
		if w.a0 = x.mayWait(i, at, slot); w.a0 != abi.OK {
			return i
		}
	}
	to, answers, e := x.send(i, b, gift, words)
	if w.a0 = e; e != abi.OK {
		return i
	}
	if number == abi.CallSend {
		if to >= 0 {
			return to
		}
		return i
	}
	queued := to < 0
	next = x.finish(i, at, to, slot, wait)
	if w.at >= 0 {
		switch {
		case queued:
			w.queue = b
			box.queue[len(box.queue)-1].from = i
		case !answers:
			w.on = to / 2
		}
	}
	return next
}

// finish has a caller wait, who has sent what there was to send.
func (x *post) finish(i, at, to int, slot, wait bool) (next int) {
	w := &x.who[i]
	switch {
	case len(x.boxes[at].queue) > 0:
		w.a0 = x.get(i, at, slot)
	case !wait:
		w.a0 = abi.ErrTime
	default:
		x.waitAt(i, at, slot)
		return to
	}
	if to >= 0 {
		return to
	}
	return i
}

func (x *post) fail(format string, args ...any) {
	x.t.Helper()
	from := max(len(x.log)-25, 0)
	for _, line := range x.log[from:] {
		x.t.Log(line)
	}
	x.t.Fatalf(format, args...)
}

// step does something at random.
func (x *post) step(pick func(n int) int) {
	i, b := pick(people), pick(boxes)
	w := &x.who[i]
	switch what := pick(16); {
	case what == 0 && !w.gone && pick(4) == 0:
		x.log = append(x.log, fmt.Sprint(i, " quits"))
		x.dismiss(i)
	case w.gone && pick(6) != 0:
	case w.gone:
		x.log = append(x.log, fmt.Sprint(i, " joins"))
		x.join(i)
	case !x.boxes[b].there && pick(2) == 0:
		x.log = append(x.log, fmt.Sprint("box ", b, " opens"))
		x.open(b)
	case what == 1 && x.boxes[b].there && pick(8) == 0:
		x.log = append(x.log, fmt.Sprint("box ", b, " closes"))
		x.close(b)
	case what == 2 && pick(2) == 0:
		x.log = append(x.log, fmt.Sprint("the gift of ", i, " is revoked"))
		x.recall(i)
	case what == 3:
		x.wrap(i)
	case what == 4 && w.has >= 0, w.has >= 0 && pick(3) == 0:
		x.ok(x.db.Delete(tableSlot(i, slotComes)))
		w.has = -1
	case what == 5 && w.has < 0 && pick(4) == 0:
		x.ok(x.db.Copy(tableSlot(i, slotComes), kernelSlot(uint64(slotGift+b))))
		w.has = b
	case w.at >= 0:
		if what == 6 {
			x.log = append(x.log, fmt.Sprint(i, " has waited for long"))
			x.Expire(x.callers[i])
			x.end(i, abi.ErrTime)
		}
	case what == 6: // everything that is there
		for ok := true; ok && len(x.boxes[b].queue) > 0; ok = w.a0 == abi.OK {
			x.act(i, abi.CallReceive, b, 0, false, w.has < 0, false)
		}
	case what < 8:
		x.act(i, abi.CallSend, b, 0, pick(3) == 0, false, false)
	case what < 13:
		x.act(i, abi.CallReceive, b, 0, false, pick(4) != 0, pick(3) != 0)
	default:
		x.act(i, abi.CallExchange, b, (b+1+pick(boxes-1))%boxes, pick(4) == 0, pick(4) != 0, pick(4) != 0)
	}
	x.check()
}

// check holds the kernel's state against the model's.
func (x *post) check() {
	x.t.Helper()
	for i, p := range x.callers {
		w := &x.who[i]
		if p.Waits() != (w.at >= 0) {
			x.fail("caller %d waits: %v, the model says %v", i, p.Waits(), w.at >= 0)
		}
		if w.gone || w.at >= 0 {
			continue
		}
		if got := abi.Error(p.X[regA0]); got != w.a0 && p.X[regA7] != 0 {
			x.fail("caller %d has the answer %v, the model says %v", i, got, w.a0)
		}
		if w.check && (p.X[regA0+1] != w.a1 || *p.words() != w.words) {
			x.fail("caller %d has %#x %v, the model says %#x %v", i, p.X[regA0+1], *p.words(), w.a1, w.words)
		}
	}
	caps := x.all
	for i := range x.who {
		if !x.who[i].gift {
			caps--
		}
		if x.who[i].has >= 0 {
			caps++
		}
	}
	for b := range x.boxes {
		m := &x.boxes[b]
		if !m.there {
			caps -= 1 + people
			continue
		}
		ep := x.endpoint(postRAM + uint64(b)*layout.PageSize)
		if int(ep.count) != len(m.queue) || (ep.waiter != 0) != (m.waiter >= 0) {
			x.fail("box %d keeps %d messages, waiter %d; the model says %d, %d", b, ep.count, ep.waiter, len(m.queue), m.waiter)
		}
		for _, q := range m.queue {
			if q.gift >= 0 {
				caps++
			}
		}
	}
	if got := x.db.Count(); got != caps {
		x.fail("there are %d capabilities, the model says %d", got, caps)
	}
}

// Random calls of many callers, ends of endpoints, callers and processes at any point,
// and capabilities revoked on their way, held against mailboxes that are lists: each
// message comes once, in the order in which it was sent, with the badge of who sent it and its
// capability; and each wait ends for the reason for which it should.
// Sabotages: in take, leave out dependOn; in endEndpoint, leave out desertAll, or the waiter;
// in quit, leave out desertAll; in enqueue, count places modulo 7; in empty, do not
// ask whether the slot is; in depart, do not clear from; in exchange, leave out dependOn.
func TestMailboxes(t *testing.T) {
	for seed := range uint64(60) {
		x := newPost(t)
		r := rand.New(rand.NewPCG(seed, 4))
		for range 3000 {
			x.step(r.IntN)
		}
	}
}

// FuzzExchange is TestMailboxes with steps that a fuzzer chooses.
func FuzzExchange(f *testing.F) {
	f.Add([]byte{0, 1, 12, 2, 0, 1, 3, 2, 9, 0, 1})
	f.Fuzz(func(t *testing.T, steps []byte) {
		x := newPost(t)
		for len(steps) > 0 {
			x.step(func(n int) int {
				if len(steps) == 0 {
					return 0
				}
				v := int(steps[0])
				steps = steps[1:]
				return v % n
			})
		}
	})
}

// What a message holds is not changed by what a caller does with its registers, a queue
// takes QueueLength messages, and a full one refuses having changed nothing.
// Sabotage: let full compare with one more.
func TestFull(t *testing.T) {
	x := newPost(t)
	for range abi.QueueLength {
		x.act(0, abi.CallSend, 1, 0, false, false, false)
	}
	if x.act(0, abi.CallSend, 1, 0, false, false, false); abi.Error(x.callers[0].X[regA0]) != abi.ErrFull {
		t.Errorf("one more than there is room for is answered with %v", abi.Error(x.callers[0].X[regA0]))
	}
	for range abi.QueueLength + 1 {
		x.act(2, abi.CallReceive, 1, 0, false, false, false)
		x.check()
	}
}

// A server that answers a client and waits for the next one goes on waiting when that
// client has ended; a client whose server has ended does not.
// Sabotage: in pass, leave out answers.
func TestServerOutlivesClient(t *testing.T) {
	x := newPost(t)
	const client, server, request, reply = 0, 2, 1, 2
	serve := func() {
		x.act(client, abi.CallExchange, request, reply, false, false, true)
		x.act(server, abi.CallReceive, request, 0, false, false, false)
		x.act(server, abi.CallExchange, reply, request, false, false, true)
		x.check()
	}
	serve()
	x.dismiss(client)
	x.dismiss(client + 1)
	if x.check(); !x.callers[server].Waits() {
		t.Fatalf("the server waits no more: %v", abi.Error(x.callers[server].X[regA0]))
	}
	x.join(client)
	x.act(client, abi.CallExchange, request, reply, false, false, true)
	x.dismiss(server)
	if x.check(); !x.callers[client].Waits() {
		t.Fatal("the client does not wait for the other thread of the server")
	}
	x.dismiss(server + 1)
	if x.check(); x.callers[client].Waits() {
		t.Fatal("the client waits for a server that has ended")
	}
}

// A wait ends at its time, and not before, in the loop.
// Sabotage: in past, leave out Now.
func TestUntil(t *testing.T) {
	x := newPost(t)
	p := x.callers[0]
	p.Handler = expires{x.Core}
	p.X[regA7], p.X[regA0], p.X[regUntil] = abi.CallReceive, (slotBox+1)<<16, x.hart.now
	if next := x.Call(p); next != &p.Dispatcher || abi.Error(p.X[regA0]) != abi.ErrTime {
		t.Fatalf("a time that has come is waited for; answer %v", abi.Error(p.X[regA0]))
	}
	p.X[regA0], p.X[regUntil] = (slotBox+1)<<16, x.hart.now+1000
	if next := x.Call(p); next != nil || !p.Waits() {
		t.Fatal("a time to come is not waited for")
	}
	x.hart.wait = func(until uint64) {
		if x.hart.now = until; until != 1100 {
			t.Errorf("the loop waits until %d, not 1100", until)
		}
	}
	x.hart.run = x.loop.Stop
	x.loop.Run()
	if p.Waits() || abi.Error(p.X[regA0]) != abi.ErrTime {
		t.Errorf("at its time it waits: %v, answer %v", p.Waits(), abi.Error(p.X[regA0]))
	}
}

// expires is a handler of a caller whose times come.
type expires struct{ c *Core }

func (expires) Trap(*dispatch.Loop) *dispatch.Dispatcher { return nil }
func (h expires) Alarm(*dispatch.Loop)                   { h.c.Expire(h.c.callers[0]) }
