package linux

import (
	"slices"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/monitor/spans"
)

// sea is the other cores of a world: what threads do there is the script's next step, too, but for those that
// the test keeps there.
type sea struct {
	*world
	last    uint32
	guests  map[uint32]*thread // that have been opened, and not closed
	enters  []int              // cores to which registers have gone
	sent    []spans.Msg
	keep    func(t *thread) bool // it stays there when it has entered
	kept    map[uint32]int       // those: their cores
	shot    []spans.Shoot
	shotTo  []uint64 // whom each is for
	drop    []func() // of shootdowns that wait for the test, if it holds them
	hold    bool
	shoots  func() // is told of each, nil: nobody is
	refuses bool
	living  uint64
	lost    []int
	seen    []uint64                   // where threads stood that have entered
	regs    map[uint32]*shim.User      // what the cores have of the registers of guests
	parts   map[uint32]*spans.Assembly // of those that enter
}

// home is the core of the world, whose other cores are 0 and 2.
const home = 1

func newSea(t testing.TB) *sea {
	s := &sea{world: newWorld(t), living: 0b111, regs: map[uint32]*shim.User{}, parts: map[uint32]*spans.Assembly{}, guests: map[uint32]*thread{}, kept: map[uint32]int{}}
	s.s.SetSpan(s, home, 7, 0b111, 0x1000, 0x2000)
	return s
}

func (s *sea) Lend(_ int, done func(bool)) { s.loop.Do(func() { done(!s.refuses) }) }
func (s *sea) Prepare(int, func(bool))     {}
func (s *sea) Living() uint64              { return s.living }
func (s *sea) Forget(guest uint32)         { delete(s.guests, guest) }
func (s *sea) Lost(_ uint64, core int)     { s.lost = append(s.lost, core) }
func (s *sea) Guest() uint32               { s.last++; return s.last }
func (s *sea) say(from int, list ...spans.Msg) {
	s.loop.Do(func() {
		for i := range list {
			s.s.Guest(from, &list[i])
		}
	})
}

func (s *sea) Shoot(to uint64, shoot *spans.Shoot, done func()) {
	s.shot, s.shotTo = append(s.shot, *shoot), append(s.shotTo, to)
	if s.shoots != nil {
		s.shoots()
	}
	if s.hold {
		s.drop = append(s.drop, done)
		return
	}
	s.loop.Do(done)
}

func (s *sea) Send(to int, list ...spans.Msg) {
	s.sent = append(s.sent, list...)
	for _, m := range list {
		t := s.s.span.guests[m.Guest]
		if m.Kind == spans.Enter {
			s.enter(t, &m)
		}
		switch {
		case m.Kind == spans.Open:
			s.guests[m.Guest] = t
			if m.W[0] != 7 || m.W[1] != uint64(t.p.memory.number) || m.W[2] != 0x1000 || m.W[3] != 0x2000 {
				s.t.Errorf("opened with %v", m.W)
			}
		case m.Kind == spans.Enter && uint16(m.Part) == m.Number-1:
			s.enters, s.seen = append(s.enters, to), append(s.seen, t.PC)
			if s.guests[m.Guest] != t || t == nil {
				s.t.Fatal("a thread enters that has not been opened")
			}
			if s.keep != nil && s.keep(t) {
				s.kept[m.Guest] = to
				break
			}
			s.loop.Do(func() {
				if s.next(t) {
					s.say(to, s.came(t)...)
				}
			})
		case m.Kind == spans.Recall:
			if core, there := s.kept[m.Guest]; there {
				delete(s.kept, m.Guest)
				t.Cause = shim.CauseInterrupt
				s.say(core, s.came(t)...)
			}
		case m.Kind == spans.Want:
			u := s.regs[m.Guest]
			s.say(to, spans.Pack(spans.Rest, m.Guest, u, 0, spans.All(u))...)
		}
	}
}

// enter has a core take registers, which are the thread's then.
func (s *sea) enter(t *thread, m *spans.Msg) {
	if m.Part == 0 && s.parts[m.Guest] == nil {
		s.parts[m.Guest], s.regs[m.Guest] = new(spans.Assembly), new(shim.User)
	}
	if u := s.regs[m.Guest]; s.parts[m.Guest].Take(m) {
		s.parts[m.Guest].Unpack(u)
		t.X, t.PC, t.Cause, t.Value = u.X, u.PC, u.Cause, u.Value
	}
}

// poison stands in registers that the home has not got.
const poison = 0xdead

// came returns what a core says of a thread that comes. The home's registers are no longer what they were.
func (s *sea) came(t *thread) []spans.Msg {
	u := s.regs[t.guest]
	u.X, u.PC, u.Cause, u.Value = t.X, t.PC, t.Cause, t.Value
	for i := range t.X {
		t.X[i] = poison
	}
	n := spans.OfCall
	if u.Cause != shim.CauseUserCall {
		n = spans.All(u)
	}
	return spans.Pack(spans.Came, t.guest, u, 0, n)
}

// Threads run where they may, and are at home for their calls: they wait for each other, and the first one
// learns that the second has ended. Sabotages: in place, answer home; in isHere, do not send; in close, send
// nothing; in isHere, leave out grace; in getcpu, do not ask again.
func TestSpan(t *testing.T) {
	const word, set, tid = scratch, scratch + 64, scratch + 128
	s := newSea(t)
	s.put(word, 5)
	s.put(tid, 2)
	s.put(set, 1<<2, 1<<0, 1<<home)
	const nrSetaffinity, nrGetcpu = 122, 168
	on := func(core int, next func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			if th.last != core {
				t.Errorf("thread %d is on core %d, not %d", th.id, th.last, core)
			}
			return next(th)
		}
	}
	x := script{
		1: {
			do(nrSetaffinity, 0, 8, set+16),
			on(home, do(nrClone, threadFlags|cloneClearTID, scratch+0x1000, 0, 0, tid)),
			see(t, "clone", 2, do(nrFutex, tid, futexWait, 2)),
			see(t, "a wait for the end of the other", 0, on(home, do(nrExitGroup, 3))),
		},
		2: {
			do(nrSetaffinity, 0, 8, set),
			see(t, "setaffinity", 0, on(home, do(nrGetcpu, word))), // it might execute a program
			on(2, do(nrGetcpu, word)),                              // the same call, made again
			on(2, func(th *thread) bool {
				if v, _ := s.p.load32(word); v != 2 {
					t.Errorf("it is told that it is on core %d, not 2", v)
				}
				return do(nrSetaffinity, 0, 8, set+8)(th)
			}),
			on(0, do(nrGetcpu, word)),
			on(0, func(th *thread) bool {
				if v, _ := s.p.load32(word); v != 0 {
					t.Errorf("it is told that it is on core %d", v)
				}
				return do(nrExit, 0)(th)
			}),
		},
	}
	s.start(x.next)
	if s.status != 3 || len(x[1])+len(x[2]) != 0 {
		t.Errorf("status %d; steps left: %d, %d", s.status, len(x[1]), len(x[2]))
	}
	if len(s.guests) != 0 || !slices.Contains(s.enters, 0) || !slices.Contains(s.enters, 2) {
		t.Errorf("%d guests are left; they were on %v", len(s.guests), s.enters)
	}
	if n := len(s.sent); s.sent[n-1].Kind != spans.Close {
		t.Errorf("the last message is %v", s.sent[n-1].Kind)
	}
}

// Where nobody has said which cores there are, threads may run on all that live, and do so if they say so: others
// stay at home. Sabotages: in SetSpan, spread over all; in living, do not ask who lives; in begin, leave cores out.
func TestSpanLazily(t *testing.T) {
	const set, out, nrSetaffinity, nrGetaffinity, nrGetcpu = scratch, scratch + 64, 122, 123, 168
	s := newSea(t)
	s.living = 0b11 // core 2 is dead
	s.s.SetSpan(s, home, 7, 0, 0x1000, 0x2000)
	s.put(set, 1<<2, 1)
	may := func(core int, cores uint64, next func(*thread) bool) func(*thread) bool {
		return func(th *thread) bool {
			if v, _ := s.p.load64(out); v != cores || th.last != core {
				t.Errorf("thread %d is on core %d, not %d, and may run on %b, not %b", th.id, th.last, core, v, cores)
			}
			return next(th)
		}
	}
	x := script{
		1: {
			do(nrClone, threadFlags, scratch+0x1000),
			do(nrGetaffinity, 2, 8, out),
			see(t, "getaffinity", 8, may(home, 0b11, do(nrSetaffinity, 0, 8, set))),
			see(t, "setaffinity to a dead core", inval.result(), do(nrSetaffinity, 0, 8, set+8)),
			see(t, "setaffinity", 0, do(nrGetcpu, 0)),
			do(nrClone, threadFlags, scratch+0x2000),
			do(nrGetaffinity, 3, 8, out),
			may(0, 1, do(nrGetaffinity, 9, 8, out)),
			see(t, "getaffinity of nobody", srch.result(), do(nrExitGroup, 3)),
		},
		2: {do(nrYield), do(nrYield), func(th *thread) bool {
			if th.guest != 0 {
				t.Error("a thread is on another core that has not asked for that")
			}
			return do(nrExit, 0)(th)
		}},
		3: {do(nrYield), func(th *thread) bool {
			if th.last != 0 {
				t.Errorf("a thread is on core %d that one of core 0 has made", th.last)
			}
			return do(nrExit, 0)(th)
		}},
	}
	s.start(x.next)
	if s.status != 3 || len(x[1]) != 0 || len(x[2]) != 0 {
		t.Errorf("status %d; steps left: %d, %d", s.status, len(x[1]), len(x[2]))
	}
}

// Who unmaps a page that another core has pulled goes on when that has dropped it, and not before, nor is
// the page used again; a pull meanwhile is answered afterwards.
// Sabotages: in settle, answer false; in withdrawn, do not hold; in pull, do not look at settling.
func TestSpanSettles(t *testing.T) {
	s := newSea(t)
	s.hold = true
	var other *thread
	s.keep = func(th *thread) bool { other = th; return th.id == 2 }
	pulls := func(va uint64) {
		s.s.Guest(0, &spans.Msg{Kind: spans.Pull, Guest: other.guest, W: [spans.Words]uint64{va, uint64(layout.R)}})
	}
	pages := func() (n int) {
		for _, m := range s.sent {
			if m.Kind == spans.Page {
				n++
			}
		}
		return n
	}
	const at = scratch + layout.PageSize
	s.put(at, 1)
	used := uint64(0)
	x := script{1: {
		do(nrClone, threadFlags, scratch+0x2000),
		func(th *thread) bool {
			th.p.threads[2].cores = 1 // core 0
			return do(nrYield)(th)
		},
		do(nrYield),
		func(th *thread) bool {
			if other == nil || !other.abroad {
				t.Fatal("the other thread is not on core 0")
			}
			pulls(at)
			if pages() != 1 {
				t.Errorf("%d pages have been sent", pages())
			}
			used, _ = s.s.store.Pages()
			return do(215, at, layout.PageSize)(th) // munmap
		},
		func(th *thread) bool {
			if len(s.drop) != 0 || len(s.shot) != 1 || s.shot[0].Lo > at || s.shot[0].Hi < at+layout.PageSize || s.shot[0].Number != 1 {
				t.Errorf("it goes on after %+v, of which %d are not over", s.shot, len(s.drop))
			}
			return do(nrExitGroup, 4)(th)
		},
	}}
	// Nothing runs when all wait: the test is the world's Wait then.
	s.idle = func() bool {
		if len(s.drop) == 0 {
			return false
		}
		if now, _ := s.s.store.Pages(); now < used {
			t.Errorf("%d pages are in use, %d were: one is free before all have dropped it", now, used)
		}
		pulls(scratch)
		if pages() != 1 {
			t.Error("a page is sent while a shootdown is under way")
		}
		f := s.drop[0]
		s.drop = s.drop[1:]
		s.loop.Do(f)
		return true
	}
	s.start(x.next)
	if s.status != 4 || len(x[1]) != 0 || pages() != 2 {
		t.Errorf("status %d, %d steps left, %d pages sent", s.status, len(x[1]), pages())
	}
}

// Who takes a page away, or rights to it, has those drop it that have it, once, and nobody else.
// Sabotages: in Pull, note nobody, or do not forget who had a page; in withdrawn, have all cores drop it.
func TestSpanShootsPullers(t *testing.T) {
	const nrMunmap, nrMadvise, dontNeed = 215, 233, 4
	for _, by := range [][]int{nil, {0}, {2}, {0, 2}} {
		for what, call := range map[string]func(at uint64) func(*thread) bool{
			"munmap":             func(at uint64) func(*thread) bool { return do(nrMunmap, at, layout.PageSize) },
			"mprotect to less":   func(at uint64) func(*thread) bool { return do(nrMprotect, at, layout.PageSize, 1) },
			"mprotect to no":     func(at uint64) func(*thread) bool { return do(nrMprotect, at, layout.PageSize, 0) },
			"madvise to forget":  func(at uint64) func(*thread) bool { return do(nrMadvise, at, layout.PageSize, dontNeed) },
			"munmap of the next": nil,
		} {
			const at = scratch + layout.PageSize
			s := newSea(t)
			s.put(at, 1)
			s.put(at+layout.PageSize, 1)
			want := uint64(0)
			step := func(th *thread) bool {
				s.s.span.space(th.p.memory)
				for _, core := range by {
					want |= 1 << core
					if _, _, err := th.p.space.Pull(at, layout.R|layout.W, core); err != nil {
						t.Fatal(err)
					}
				}
				if call == nil {
					want = 0
					return do(nrMunmap, at+layout.PageSize, layout.PageSize)(th)
				}
				return call(at)(th)
			}
			again := func(th *thread) bool {
				if call == nil {
					return do(nrYield)(th)
				}
				return call(at)(th) // nobody has it any more
			}
			x := script{1: {step, again, do(nrExitGroup, 6)}}
			s.start(x.next)
			var to []uint64
			for i, set := range s.shotTo {
				if s.shot[i].Lo != layout.PageSize { // the end of all
					to = append(to, set)
				}
			}
			if s.status != 6 || want == 0 && len(to) != 0 || want != 0 && !slices.Equal(to, []uint64{want}) {
				t.Errorf("%s of a page that cores %v have: cores %b are told; status %d", what, by, to, s.status)
			}
		}
	}
}

// A call that is done in parts ends when other cores have dropped what it has withdrawn in any of them,
// and no page of it is used before, also when its process is killed in the middle; who lacks a page
// meanwhile comes home, and waits there, as who calls does.
// Sabotages: in nextPart, settle only; in withdrawn, do not hold; in pull, do not look at the holder; in
// Trap, do not look whether it is kept.
func TestSpanParts(t *testing.T) {
	for _, meanwhile := range []string{"pull", "call", "kill", "death"} {
		s := newSea(t)
		s.hold, s.s.loop = true, s.loop
		s.mapMany(t, mmapBase)
		caller := s.another(t)
		caller.cores = 1 << home
		other := caller.p.newThread(s.s.newID())
		other.cores = 1 // core 0
		other.run(nil)
		s.keep = func(th *thread) bool { return th == other }
		pull := func(va uint64) {
			s.s.Guest(0, &spans.Msg{Kind: spans.Pull, Guest: other.guest, W: [spans.Words]uint64{va, uint64(layout.R)}})
		}
		pages := func() int { used, _ := s.s.store.Pages(); return int(used) }
		used := 0
		s.shoots = func() {
			if caller.long.part == nil {
				t.Fatal("the shootdown is not sent in the middle of the call")
			}
			s.shoots = nil
			n := len(s.sent)
			switch meanwhile {
			case "kill":
				caller.p.exit(killed(sigKILL))
			case "death": // of the core of the other thread
				s.s.SpanDied(0)
				if !caller.p.dead || !slices.Equal(s.lost, []int{0}) {
					t.Errorf("its process goes on without a thread of it; %v were lost", s.lost)
				}
			case "pull":
				if pull(scratch); s.sent[n].Kind != spans.Page || s.sent[n].W[2] != 0 {
					t.Errorf("a core that pulls gets %+v", s.sent[n])
				}
			case "call":
				delete(s.kept, other.guest)
				do(nrExit, 0)(other)
				s.say(0, s.came(other)...)
				s.loop.Do(func() {
					if other.abroad || other.gone {
						t.Error("a call is served in memory that another is changing")
					}
				})
			}
		}
		s.idle = func() bool {
			if len(s.drop) == 0 {
				return false
			}
			if now := pages(); now < used {
				t.Errorf("%d pages are in use, %d were, before others have dropped them", now, used)
			}
			f := s.drop[0]
			s.drop = s.drop[1:]
			s.loop.Do(f)
			return true
		}
		const nrMunmap = 215
		var x script
		ends := func(th *thread) bool {
			if !s.idle() && !s.s.span.settling() && len(s.s.ending) == 0 {
				return do(nrExitGroup, 6)(th)
			}
			x[initID] = append(x[initID], x[0][0])
			return do(nrYield)(th)
		}
		x = script{
			0:      {ends}, // again
			initID: {do(nrWait4, caller.id, 0, 0, 0), see(t, "wait4", caller.id, ends)},
			caller.id: {
				do(nrYield),
				func(th *thread) bool {
					s.p.space.Clear(mmapBase, manyPages*layout.PageSize) // the caller alone has them
					pull(mmapBase)
					used = pages()
					return do(nrMunmap, mmapBase, manyPages*layout.PageSize)(th)
				},
				func(th *thread) bool {
					if len(s.drop) != 0 || len(s.shot) != 1 {
						t.Errorf("it goes on after %+v, of which %d are not over", s.shot, len(s.drop))
					}
					return do(nrExitGroup, 0)(th)
				},
			},
			other.id: {do(nrYield), do(nrYield)},
		}
		s.start(x.next)
		if left := pages(); s.status != 6 || left > used-manyPages {
			t.Errorf("%s: status %d, %d pages in use, %d were", meanwhile, s.status, left, used)
		}
	}
}

// A signal brings a thread home, which enters its handler; one whose core dies ends its process.
// Sabotages: in actOnPending, do not recall; in came, deliver nothing; in SpanDied, end nothing.
func TestSpanSignal(t *testing.T) {
	const act, handler = scratch, 0x1234
	s := newSea(t)
	s.put(act, handler, 0, 1<<11)
	entered := 0
	s.keep = func(th *thread) bool { return th.id == 2 && th.PC != handler }
	yields := func(n int, last func(*thread) bool) (list []func(*thread) bool) {
		for range n {
			list = append(list, do(nrYield))
		}
		return append(list, last)
	}
	first := []func(*thread) bool{
		do(nrSigaction, sigURG, act, 0, 8),
		do(nrClone, threadFlags, scratch+0x2000),
		func(th *thread) bool {
			th.p.threads[2].cores = 1 << 2
			return do(nrYield)(th)
		},
	}
	first = append(first, yields(3, do(nrTgkill, 1, 2, sigURG))...)
	first = append(first, yields(6, func(th *thread) bool {
		if entered != 1 || s.kept[th.p.threads[2].guest] != 2 {
			t.Errorf("the handler was entered %d times, and then the thread is not on core 2", entered)
		}
		s.s.SpanDied(0)
		if s.p.dead {
			t.Error("the process ends with a core that it does not use")
		}
		s.loop.Do(func() { s.s.SpanDied(2) })
		return do(nrYield)(th)
	})...)
	x := script{1: first, 2: {func(th *thread) bool {
		entered++
		if th.PC != handler {
			t.Errorf("the thread goes on at %#x", th.PC)
		}
		th.PC = 0x5678
		return do(nrYield)(th)
	}}}
	s.start(x.next)
	if s.status != 128+sigBUS || !slices.Equal(s.lost, []int{2}) {
		t.Errorf("status %d, and %v were lost", s.status, s.lost)
	}
}

// Who returns from a handler on another core runs there before it enters the next one: the signal that has
// come meanwhile recalls it. Sabotages: in rtSigreturn, leave returns as it is; in send, do not deliver.
func TestSpanReturns(t *testing.T) {
	const act, handler, code, sp = scratch, 0x1234, 0x5678, scratch + 0x2000
	s := newSea(t)
	s.put(act, handler, 0, 1<<11)
	returned := false
	s.keep = func(th *thread) bool { return th.id == 2 && (th.PC == code || returned) }
	x := script{1: {
		do(nrSigaction, sigURG, act, 0, 8),
		do(nrClone, threadFlags, sp),
		func(th *thread) bool {
			other := th.p.threads[2]
			other.cores, other.PC = 1<<2, code
			return do(nrYield)(th)
		},
		do(nrYield),
		do(nrTgkill, 1, 2, sigURG),
		do(nrYield), do(nrYield), do(nrYield), do(nrYield),
		func(th *thread) bool {
			if want := []uint64{code, handler, code, handler}; !slices.Equal(s.seen, want) {
				t.Errorf("the thread went to %#x, not to %#x", s.seen, want)
			}
			return do(nrExitGroup, 6)(th)
		},
	}, 2: {
		func(th *thread) bool { // of the handler
			th.signal(siginfo{sig: sigURG}) // comes while the thread is on its way
			return do(nrSigreturn)(th)
		},
		func(th *thread) bool { // of the next
			returned = true
			return do(nrExit, 0)(th)
		},
	}}
	s.start(x.next)
	if s.status != 6 {
		t.Errorf("status %d", s.status)
	}
}

// onSea is a step that does not look at the cores.
func onSea(step func(*thread) bool) func(*sea, *thread) bool {
	return func(_ *sea, th *thread) bool { return step(th) }
}

// Of a call no more comes than it needs, and no more goes back than it changes. The rest comes when it is needed: for
// the frame of a handler, for a thread that is made, and to go on elsewhere. It is lost with the core that has it.
// Sabotages: in actOnPending, came or isHere, do not fetch; in Unpack, set all; in SpanDied, do not look at short.
func TestSpanShort(t *testing.T) {
	const act, handler, set, sp, mark = scratch, 0x1234, scratch + 64, scratch + 0x2000, 0x77
	for what, then := range map[string]func(s *sea, th *thread) bool{
		"signal": func(s *sea, th *thread) bool {
			th.signal(siginfo{sig: sigURG}) // comes while the thread is on its way
			return do(nrYield)(th)
		},
		"clone": onSea(do(nrClone, threadFlags, sp)),
		"move":  onSea(do(122, 0, 8, set)),
		"home":  onSea(do(122, 0, 8, set+8)),
		"death": func(s *sea, th *thread) bool {
			s.loop.Do(func() { s.loop.Do(func() { s.s.SpanDied(0) }) })
			return do(nrFutex, set+16, futexWait, 0)(th)
		},
	} {
		t.Run(what, func(t *testing.T) {
			s := newSea(t)
			s.put(act, handler, 0, 1<<11)
			s.put(set, 1<<2, 1<<home, 0)
			marked := 0
			looks := func(th *thread) bool {
				if what == "clone" && th.id == 1 {
					return do(nrExit, 0)(th)
				}
				if th.X[9] == mark {
					marked++
				}
				if th.PC == handler {
					if v, _ := s.p.load64(th.X[regSP] + frameContext + contextRegs + 8*9); v != mark {
						t.Errorf("x9 of the frame is %#x", v)
					}
				}
				return do(nrExitGroup, 6)(th)
			}
			x := script{
				1: {
					do(nrSigaction, sigURG, act, 0, 8),
					func(th *thread) bool { th.cores = 1; return do(nrYield)(th) },
					func(th *thread) bool { th.X[9], th.X[regSP] = mark, sp; return do(nrYield)(th) },
					func(th *thread) bool {
						if n := len(s.sent); th.X[9] != mark || s.sent[n-1].Number != uint16(spans.OfAnswer) {
							t.Errorf("after a call x9 is %#x, and %d messages went back", th.X[9], s.sent[n-1].Number)
						}
						s.sent = nil
						return then(s, th)
					},
					looks,
				},
				2: {looks},
			}
			s.start(x.next)
			if want := map[string]int{"death": 128 + sigBUS}[what]; want != 0 && s.status != want || want == 0 && (s.status != 6 || marked == 0) {
				t.Errorf("status %d, and the mark was seen %d times", s.status, marked)
			}
		})
	}
}

// Who has been served, or woken, goes back to where it was without a turn at home, where another computes.
// Sabotages: in came, resume; in runAgain, wake whoever it is.
func TestSpanGoesAtOnce(t *testing.T) {
	const word = scratch + 64
	s := newSea(t)
	s.put(word, 5)
	s.keep = func(th *thread) bool { return th.id == 2 }
	var other *thread
	comes := func(n uint64, a ...uint64) {
		other.set(n, a...)
		delete(s.kept, other.guest)
		for _, m := range s.came(other) {
			s.s.Guest(0, &m)
		}
	}
	x := script{1: {
		do(nrClone, threadFlags, scratch+0x2000),
		func(th *thread) bool {
			other = th.p.threads[2]
			other.cores = 1 // core 0
			return do(nrYield)(th)
		},
		do(nrYield),
		func(th *thread) bool {
			other.Picks = false // a turn here runs its code here
			return do(nrYield)(th)
		},
		func(th *thread) bool {
			if comes(nrYield); !other.abroad || s.kept[other.guest] != 0 {
				t.Error("who has been served is not on its way")
			}
			if comes(nrFutex, word, futexWait, 5); other.abroad || !other.asleep {
				t.Error("who waits does not do so at home")
			}
			return do(nrFutex, word, futexWake, 1)(th)
		},
		func(th *thread) bool {
			if !other.abroad {
				t.Error("who was woken is not on its way")
			}
			return do(nrExitGroup, 6)(th)
		},
	}}
	s.start(x.next)
	if s.status != 6 {
		t.Errorf("status %d", s.status)
	}
}

// What no other core takes runs at home.
// Sabotage: in may, take who refuses.
func TestSpanRefused(t *testing.T) {
	s := newSea(t)
	s.refuses = true
	x := script{1: {
		func(th *thread) bool { th.cores = 1; return do(nrYield)(th) },
		func(th *thread) bool {
			if th.last != home {
				t.Errorf("it is on core %d", th.last)
			}
			return do(nrExitGroup, 5)(th)
		},
	}}
	s.start(x.next)
	if s.status != 5 {
		t.Errorf("status %d", s.status)
	}
}
