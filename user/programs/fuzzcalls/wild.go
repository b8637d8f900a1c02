package main

import (
	"slices"

	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/user/memory"
)

// signatures are what the arguments of the calls of Linux are, by their numbers. Calls that
// are not here are made with anything.
var signatures = map[uint64][]kind{
	17: {structArg, lengthArg}, 19: {wordArg, flagsArg}, 20: {flagsArg}, 21: {fileArg, flagsArg, fileArg, structArg},
	22: {fileArg, structArg, lengthArg, flagsArg, structArg, wordArg}, 23: {fileArg}, 24: {fileArg, fileArg, flagsArg},
	25: {fileArg, flagsArg, wordArg}, 29: {fileArg, wordArg, structArg}, 32: {fileArg, flagsArg},
	33: {fileArg, pathArg, wordArg, wordArg}, 34: {fileArg, pathArg, wordArg}, 35: {fileArg, pathArg, flagsArg},
	36: {pathArg, fileArg, pathArg}, 37: {fileArg, pathArg, fileArg, pathArg, flagsArg}, 43: {pathArg, structArg},
	44: {fileArg, structArg}, 45: {pathArg, lengthArg}, 46: {fileArg, lengthArg}, 48: {fileArg, pathArg, flagsArg},
	49: {pathArg}, 50: {fileArg}, 51: {pathArg}, 52: {fileArg, wordArg}, 53: {fileArg, pathArg, wordArg},
	54: {fileArg, pathArg, wordArg, wordArg, flagsArg}, 55: {fileArg, wordArg, wordArg}, 56: {fileArg, pathArg, wordArg, wordArg},
	57: {fileArg}, 59: {structArg, flagsArg}, 61: {fileArg, structArg, lengthArg}, 62: {fileArg, lengthArg, flagsArg},
	63: {fileArg, pointerArg, lengthArg}, 64: {fileArg, pointerArg, lengthArg}, 65: {fileArg, listArg, flagsArg}, 66: {fileArg, listArg, flagsArg},
	67: {fileArg, pointerArg, lengthArg, lengthArg}, 68: {fileArg, pointerArg, lengthArg, lengthArg},
	69: {fileArg, listArg, flagsArg, lengthArg, lengthArg}, 70: {fileArg, listArg, flagsArg, lengthArg, lengthArg},
	72: {flagsArg, structArg, structArg, structArg, structArg, structArg}, 73: {structArg, flagsArg, structArg, structArg, flagsArg},
	78: {fileArg, pathArg, pointerArg, lengthArg}, 79: {fileArg, pathArg, structArg, flagsArg}, 80: {fileArg, structArg},
	82: {fileArg}, 83: {fileArg}, 88: {fileArg, pathArg, structArg, flagsArg}, 93: {wordArg}, 94: {wordArg},
	95: {flagsArg, taskArg, structArg, flagsArg, structArg}, 96: {structArg}, 98: {structArg, flagsArg, flagsArg, structArg, structArg, wordArg},
	101: {structArg, structArg}, 102: {flagsArg, structArg}, 103: {flagsArg, structArg, structArg}, 113: {flagsArg, structArg},
	114: {flagsArg, structArg}, 115: {flagsArg, flagsArg, structArg, structArg}, 123: {taskArg, lengthArg, structArg},
	nrKill: {taskArg, signalArg}, nrTkill: {taskArg, signalArg}, nrTgkill: {taskArg, taskArg, signalArg}, 132: {structArg, structArg},
	133: {structArg, lengthArg}, nrSigaction: {signalArg, structArg, structArg, lengthArg}, nrProcmask: {flagsArg, structArg, structArg, lengthArg},
	136: {structArg, lengthArg}, 137: {structArg, structArg, structArg, lengthArg}, 144: {flagsArg}, 146: {flagsArg},
	148: {structArg, structArg, structArg}, 150: {structArg, structArg, structArg}, 153: {structArg}, 154: {taskArg, taskArg},
	155: {taskArg}, 156: {taskArg}, 160: {structArg}, 163: {flagsArg, structArg}, 164: {flagsArg, structArg},
	165: {flagsArg, structArg}, 167: {flagsArg, structArg}, 168: {structArg, structArg}, 169: {structArg, structArg}, 179: {structArg},
	214: {placeArg}, 215: {placeArg, lengthArg}, 216: {placeArg, lengthArg, lengthArg, flagsArg, placeArg},
	220: {wordArg, pointerArg, structArg, structArg, structArg}, 221: {pathArg, listArg, listArg},
	222: {placeArg, lengthArg, flagsArg, flagsArg, fileArg, offsetArg}, 226: {placeArg, lengthArg, flagsArg}, 233: {placeArg, lengthArg, flagsArg},
	260: {taskArg, structArg, flagsArg, structArg}, 261: {taskArg, flagsArg, structArg, structArg},
	276: {fileArg, pathArg, fileArg, pathArg, flagsArg}, 278: {pointerArg, lengthArg, flagsArg},
	291: {fileArg, pathArg, flagsArg, wordArg, structArg}, 436: {fileArg, fileArg, flagsArg}, 439: {fileArg, pathArg, flagsArg, flagsArg},
}

// What there is in a source's memory for calls of Linux to find: names, and structures of
// small numbers and of addresses.
const (
	namesAt   = 8192
	nameSize  = 32
	structsAt = 12288
	listsAt   = 16384
	setWords  = 64 // of structures, and of lists
)

const ownFile = "/proc/self/exe"

var names = []string{"", ".", "..", "/", "a", "b", "d", "d/a", "/dev/null", "/dev/zero", "/dev/full", ownFile, "/proc/self/fd", "/proc", "d/../b", "/tmp"}

// spareProgram has calls name the file of the program no more: they would make one of it that
// cannot be run.
func spareProgram() {
	names = slices.DeleteFunc(names, func(name string) bool { return name == ownFile })
}

// furnish fills in what calls may find, as calls before have left anything there.
func (r *source) furnish() {
	for i, name := range names {
		var b [nameSize]byte
		copy(b[:], name)
		words := memory.Words(r.memory+namesAt+uint64(i)*nameSize, nameSize)
		for j := range words {
			words[j] = 0
			for k := range 8 {
				words[j] |= uint64(b[8*j+k]) << (8 * k)
			}
		}
	}
	structs := memory.Words(r.memory+structsAt, 8*setWords)
	lists := memory.Words(r.memory+listsAt, 8*setWords)
	for i := range structs {
		structs[i] = pick(r, 0, 0, r.Uint64N(64), r.Uint64N(1_000_000), r.pointer(), r.word())
		lists[i] = pick(r, r.pointer(), r.value(pathArg))
		if i%2 == 1 {
			lists[i] = pick(r, 0, r.value(lengthArg), r.value(pathArg))
		}
	}
}

// linuxValue returns an argument of a kind that only calls of Linux have, or any word.
func (r *source) linuxValue(k kind) uint64 {
	switch k {
	case fileArg:
		return pick(r, r.Uint64N(12), r.Uint64N(70), ^uint64(99), r.word()) // one is the directory (AT_FDCWD)
	case pathArg:
		return r.memory + namesAt + r.Uint64N(uint64(len(names)))*nameSize
	case taskArg:
		return pick(r, 0, ^uint64(0), r.Uint64N(8), r.Uint64N(8), r.Uint64N(600), -r.Uint64N(8), r.word())
	case signalArg:
		return pick(r, r.Uint64N(66), r.Uint64N(32), 9, 19, 18, r.word())
	case flagsArg:
		return pick(r, 0, r.Uint64N(16), 1<<r.Uint64N(32), r.Uint64N(1<<13), r.Uint64N(128))
	case lengthArg:
		return pick(r, 8, r.Uint64N(64), r.Uint64N(16)*layout.PageSize, r.Uint64N(1<<20), r.word())
	case structArg:
		return pick(r, 0, r.memory+structsAt+r.Uint64N(setWords)*8, r.memory+structsAt+r.Uint64N(setWords)*8, r.pointer())
	case listArg:
		return pick(r, 0, r.memory+listsAt+r.Uint64N(setWords)*8, r.memory+listsAt+r.Uint64N(setWords)*8, r.pointer())
	case placeArg:
		return pick(r, playground+r.Uint64N(playgroundSize/layout.PageSize)*layout.PageSize, r.pointer()&^(layout.PageSize-1), r.pointer(), 0, r.word())
	}
	return r.word()
}

// numbers are all that a call could have, those with a signature several times.
var numbers = func() (all []uint64) {
	for n := range uint64(nrMost) {
		all = append(all, n)
		if _, known := signatures[n]; known {
			all = append(all, n, n, n)
		}
	}
	return all
}()

// wild returns a call of Linux with any number and any arguments, of which the process may die.
func (r *source) wild() (number uint64, regs ecall.Registers) {
	r.furnish()
	number = numbers[r.IntN(len(numbers))]
	if r.IntN(16) == 0 {
		number = r.word()
	}
	of := signatures[number]
	for i := range regs {
		k := kind(r.IntN(int(mostArgs)))
		if i < len(of) && r.IntN(12) > 0 {
			k = of[i]
		}
		regs[i] = r.value(k)
	}
	return number, regs
}

// wildCall makes such a call. What waits is made by threads that may be kept.
func wildCall(r *source) (refused bool) {
	number, regs := r.wild()
	ecall.Wait(number, &regs)
	return int64(regs[0]) < 0
}
