package linux

import "testing"

// Numbers of calls that wait for files, and of those that their test needs.
const (
	nrPselect, nrEpollPwait, nrEpollCreate, nrEpollCtl, nrSigpending = 72, 22, 20, 21, 136
)

// Calls that wait for files do so with a mask of their own: a signal that it lets through ends
// them, whether they wait or not; one that comes when a file is ready waits on. The mask is as
// before when the handler returns.
// Sabotages: in each call, leave out holdOffAt or selectMask; in blockFor, do not ask
// interruptible; in call, leave out letGo.
func TestMasks(t *testing.T) {
	const sig, handler, span, none, all, sets, fds, polls, selectMask = 10, 0x1234, scratch, scratch + 64, scratch + 72, scratch + 128, scratch + 192, scratch + 256, scratch + 320
	const in, event, events = scratch + 384, scratch + 400, scratch + 448
	for name, wait := range map[string]func(t *thread, forever bool) bool{
		"ppoll": func(t *thread, forever bool) bool {
			return t.set(nrPpoll, polls, 1, choose(forever, 0, span), none, 8)
		},
		"pselect6": func(t *thread, forever bool) bool {
			t.p.store64(in, 1<<3)
			return t.set(nrPselect, 4, in, 0, 0, choose(forever, 0, span), selectMask)
		},
		"epoll_pwait": func(t *thread, forever bool) bool {
			return t.set(nrEpollPwait, 5, events, 4, choose(forever, 1<<64-1, 0), none, 8)
		},
	} {
		w := newProcessWorld(t)
		w.put(atAct, handler, 0, 0)
		w.put(all, bit(sig))
		w.put(polls, 3|1<<32) // descriptor 3, to read
		w.put(selectMask, none, 8)
		w.put(event, 1, 0)
		handled := func(then func(*thread) bool) func(*thread) bool {
			return func(th *thread) bool {
				if th.PC != handler || th.mask != bit(sig) {
					t.Errorf("%s: at %#x with mask %#x, not in the handler", name, th.PC, th.mask)
				}
				return then(th)
			}
		}
		held := func(want uint64, then func(*thread) bool) func(*thread) bool {
			return see(t, name, want, func(th *thread) bool {
				if th.mask != bit(sig) || th.held {
					t.Errorf("%s: the mask is %#x afterwards", name, th.mask)
				}
				return then(th)
			})
		}
		s := script{
			1: {
				func(th *thread) bool {
					th.X[regSP] = scratch + 0x4000
					return th.set(nrSigaction, sig, atAct, 0, 8)
				},
				do(nrProcmask, 0, all, 0, 8),
				do(nrPipe2, fds, 0),
				do(nrEpollCreate),
				do(nrEpollCtl, 5, epollAdd, 3, event),
				do(nrTgkill, 1, 1, sig),
				func(th *thread) bool { return wait(th, false) }, // no time at all
				handled(do(nrSigreturn)),
				held(interrupted.result(), do(nrClone, threadFlags, scratch+0x5000)),
				func(th *thread) bool { return wait(th, true) },
				handled(do(nrSigreturn)),
				held(interrupted.result(), do(nrTgkill, 1, 1, sig)),
				do(nrWrite, 4, atAct, 1),
				func(th *thread) bool { return wait(th, true) },
				held(1, do(nrSigpending, sets, 8)),
				func(th *thread) bool {
					if v, _ := th.p.load64(sets); v != bit(sig) {
						t.Errorf("%s: %#x wait, of which one was sent", name, v)
					}
					return th.set(nrYield)
				},
				do(nrExitGroup, 0),
			},
			2: {do(nrYield), do(nrYield), do(nrTgkill, 1, 1, sig), do(nrExit)},
		}
		w.start(s.next)
		w.finish(t, s, 0)
	}
}

func choose(first bool, a, b uint64) uint64 {
	if first {
		return a
	}
	return b
}
