package linux

import (
	"errors"

	"atoll/arch/layout"
)

// What a program finds on its stack: the number of arguments, pointers to them and to the
// environment, the auxiliary vector; and above that the strings. They are written to its memory one
// by one: there may be many, and the kernel's heap holds none.

const (
	// mostArgs bounds arguments and environment, with their terminators and pointers.
	mostArgs = 256 << 10
	// Where the strings begin, and the words that lead to them: there is room for as many of either
	// as there may be, and for what stands behind the pointers.
	textAt   = stackTop - mostArgs
	wordsAt  = textAt - mostArgs - mostWords
	argsSize = stackTop - wordsAt
	// mostWords is the size of the auxiliary vector and what is around the pointers, and more.
	mostWords = layout.PageSize
	// mostShownArgs bounds what /proc shows of the arguments, in bytes: the kernel's heap holds
	// that as long as the process is known.
	mostShownArgs = 4096
)

// ErrTooLarge says that arguments and environment do not fit.
var ErrTooLarge = errors.New("the arguments and the environment are too large")

// listing is how far two lists of strings have come, the arguments and the environment.
type listing struct {
	left    int    // bytes that there may be yet
	count   uint64 // of arguments
	environ bool   // what is added is the environment's
}

// more counts a string. It fails with ErrTooLarge.
func (l *listing) more(s string) error {
	if l.left -= len(s) + 1 + 8; l.left < 0 {
		return ErrTooLarge
	}
	if !l.environ {
		l.count++
	}
	return nil
}

// at returns the listing itself.
func (l *listing) at() *listing { return l }

// arguments are those of a program in a memory, and its environment.
type arguments struct {
	listing
	m     *memory
	word  uint64 // where the next word goes
	text  uint64 // where the next string goes
	shown []byte // as /proc shows them, each with its end
	buf   []byte
}

// newArguments begins those of a program that has been loaded.
func (m *memory) newArguments() *arguments {
	return &arguments{m: m, word: wordsAt + 8, text: textAt, listing: listing{left: mostArgs - randomSize}}
}

// add adds a string. It fails with ErrTooLarge, or as a write does.
func (a *arguments) add(s string) error {
	if err := a.more(s); err != nil {
		return err
	}
	if !a.environ {
		a.show(s)
	}
	at := a.text
	a.buf = append(append(a.buf[:0], s...), 0)
	if err := a.put(&a.text, a.buf); err != nil {
		return err
	}
	return a.putWords(at)
}

func (a *arguments) show(s string) {
	left := mostShownArgs - len(a.shown)
	if a.shown = append(a.shown, s[:min(len(s), left)]...); len(s) < left {
		a.shown = append(a.shown, 0)
	}
}

// end ends the arguments, and then the environment.
func (a *arguments) end() error {
	a.environ = true
	return a.putWords(0)
}

// put writes bytes to where a pointer leads, and moves that on.
func (a *arguments) put(at *uint64, b []byte) error {
	n, err := a.m.space.Write(*at, b)
	*at += uint64(n)
	return err
}

func (a *arguments) putWords(words ...uint64) error {
	a.buf = a.buf[:0]
	for _, w := range words {
		a.buf = le.AppendUint64(a.buf, w)
	}
	return a.put(&a.word, a.buf)
}

// Entries of the auxiliary vector (uapi/linux/auxvec.h).
const (
	auxNull, auxPhdr, auxPhent, auxPhnum   = 0, 3, 4, 5
	auxPagesz, auxBase, auxFlags, auxEntry = 6, 7, 8, 9
	auxUID, auxEUID, auxGID, auxEGID       = 11, 12, 13, 14
	auxHwcap, auxTick, auxSecure           = 16, 17, 23
	auxRandom, auxExecFn, auxVDSO          = 25, 31, 33
)

// hwcap names the instruction set extensions, a bit a letter: those of RV64GC.
const hwcap = 1<<('i'-'a') | 1<<('m'-'a') | 1<<('a'-'a') | 1<<('f'-'a') | 1<<('d'-'a') | 1<<('c'-'a')

// ticksPerSecond is the unit of times(2), randomSize what a program gets of random bytes.
const ticksPerSecond, randomSize = 100, 16

// finish writes what is left when both lists have ended, and returns the stack pointer.
func (a *arguments) finish(env Env, im *image) (sp uint64, err error) {
	var random [randomSize]byte
	env.Random(random[:])
	randomAt := a.text
	if err := a.put(&a.text, random[:]); err != nil {
		return 0, err
	}
	err = a.putWords(auxPhdr, im.headers, auxPhent, phentSize, auxPhnum, uint64(im.segments),
		auxPagesz, layout.PageSize, auxBase, 0, auxFlags, 0, auxEntry, im.entry, auxUID, 0, auxEUID, 0, auxGID, 0, auxEGID, 0,
		auxHwcap, hwcap, auxTick, ticksPerSecond, auxSecure, 0, auxRandom, randomAt, auxExecFn, textAt, auxVDSO, vdsoAt, auxNull, 0)
	if err != nil {
		return 0, err
	}
	a.m.commandLine = string(a.shown)
	a.word = wordsAt
	return wordsAt, a.putWords(a.count)
}
