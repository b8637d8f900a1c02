package main

import (
	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/user/memory"
)

// Numbers of Linux (uapi/asm-generic/unistd.h).
const (
	nrDup3, nrClose, nrExitGroup, nrSetsid, nrClone    = 24, 57, 94, 157, 220
	nrPrlimit64                                        = 261
	nrEventfd, nrEpollCreate, nrEpollCtl, nrEpollPwait = 19, 20, 21, 22
	nrFcntl, nrOpenat, nrRead, nrWrite                 = 25, 56, 63, 64
	nrSetTID, nrFutex, nrNanosleep, nrClockGettime     = 96, 98, 101, 113
	nrClockSleep, nrGetaffinity, nrYield, nrTkill      = 115, 123, 124, 130
	nrTgkill, nrSigaction, nrProcmask, nrGettid        = 131, 134, 135, 178
	nrKill, nrMunmap, nrMmap, nrMprotect, nrMadvise    = 129, 215, 222, 226, 233
	nrGetrandom                                        = 278
	nrMost                                             = 460
)

// Descriptors below are the Go runtime's.
const firstFD = 8

// playground is where mappings come and go, far from those of the Go runtime.
const (
	playground     = 40 * layout.GigaPage
	playgroundSize = 64 << 20
)

// linuxCall makes one call of Linux that does not take the program apart. None is clone: what
// that makes would run this program from here, with a stack that is none; wildCall makes it.
func linuxCall(r *source) (refused bool) {
	fd := firstFD + r.Uint64N(60)
	at := playground + r.Uint64N(playgroundSize/layout.PageSize)*layout.PageSize
	size := pick(r, layout.PageSize, r.Uint64N(1<<20), r.Uint64N(1<<26), 0)
	soon := r.memory + 64 // a short span
	calls := []struct {
		number uint64
		args   ecall.Registers
	}{
		{nrEventfd, ecall.Registers{r.word(), r.word()}},
		{nrEpollCreate, ecall.Registers{r.word()}},
		{nrEpollCtl, ecall.Registers{fd, r.Uint64N(5), fd ^ 1, r.pointer()}},
		{nrEpollPwait, ecall.Registers{fd, r.pointer(), r.word(), r.Uint64N(3), r.word(), r.word()}},
		{nrFcntl, ecall.Registers{fd, r.word(), r.word()}},
		{nrOpenat, ecall.Registers{r.word(), r.pointer(), r.word()}},
		{nrRead, ecall.Registers{fd, r.pointer(), r.word()}},
		{nrWrite, ecall.Registers{fd, r.pointer(), r.word()}},
		{nrClose, ecall.Registers{fd}},
		{nrFutex, ecall.Registers{r.memory + r.Uint64N(64), pick(r, 0, 1, 128, 129, r.word()), r.Uint64N(3), soon, r.word(), r.word()}},
		{nrNanosleep, ecall.Registers{soon, r.pointer()}},
		{nrClockGettime, ecall.Registers{r.word(), r.memory + 128}},
		{nrClockSleep, ecall.Registers{r.word(), r.Uint64N(2), soon, r.word()}},
		{nrGetaffinity, ecall.Registers{r.word(), r.word(), r.memory + 128}},
		{nrYield, ecall.Registers{}},
		{nrTkill, ecall.Registers{r.Uint64N(200), 0}},
		{nrTgkill, ecall.Registers{r.Uint64N(3), r.Uint64N(200), pick(r, 0, 23)}},
		{nrSigaction, ecall.Registers{r.word(), 0, r.memory + 128, 8}},
		{nrProcmask, ecall.Registers{r.word(), 0, r.memory + 128, 8}},
		{nrGettid, ecall.Registers{}},
		{nrMunmap, ecall.Registers{at, size}},
		{nrMmap, ecall.Registers{at, size, r.Uint64N(8), 0x32, r.word(), r.word()}}, // fixed, private, anonymous
		{nrMprotect, ecall.Registers{at, size, r.Uint64N(8)}},
		{nrMadvise, ecall.Registers{at, size, r.Uint64N(6)}},
		{nrGetrandom, ecall.Registers{pick(r, at, r.memory+4096), size}},
		{nrMost + r.Uint64N(1<<40), ecall.Registers{r.word(), r.word(), r.word()}},
	}
	c := calls[r.IntN(len(calls))]
	span := memory.Words(soon, 16) // there may be anything now
	span[0], span[1] = 0, r.Uint64N(100_000)
	ecall.Wait(c.number, &c.args)
	return int64(c.args[0]) < 0
}
