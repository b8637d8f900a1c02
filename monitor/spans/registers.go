package spans

import "atoll/arch/shim"

// How registers travel: words, so many in a message. What a call needs comes first, and of that first
// what its answer changes; the rest stays on the host until the home asks for it. The floating-point ones
// come last, if the thread has used any.
const (
	wordPC, wordCause, wordValue, wordUsed = 0, 1, 2, 3

	wordX       = 4
	integers    = 36
	wordF       = integers
	wordFcsr    = integers + 32
	allWords    = integers + 36
	withFP      = allWords / Words
	withoutFP   = integers / Words
	numIntegers = 31
)

// Parts is how many messages registers take.
type Parts uint8

// Parts of registers.
const (
	OfAnswer Parts = 1         // what the answer to a call changes
	OfCall   Parts = 2         // what a call needs: its number and arguments, the stack pointer
	Integers Parts = withoutFP // all but the floating-point ones
)

// order is that in which the integer registers stand in the words: a0, a7; a1 to a5, sp; the others.
var order = [numIntegers]uint8{
	10, 17, 11, 12, 13, 14, 15, 2,
	1, 3, 4, 5, 6, 7, 8, 9, 16, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31,
}

// All is how many parts all registers of a guest have.
func All(u *shim.User) Parts {
	if u.UsesFP() {
		return withFP
	}
	return Integers
}

// Pack returns the messages with the first parts of the registers of a guest, and for how many ticks it
// has run.
func Pack(k Kind, guest uint32, u *shim.User, used uint64, n Parts) []Msg {
	var w [allWords]uint64
	w[wordPC], w[wordCause], w[wordValue], w[wordUsed] = u.PC, u.Cause, u.Value, used
	for i, r := range order {
		w[wordX+i] = u.X[r]
	}
	if n == withFP {
		f, fcsr := u.FP()
		copy(w[wordF:], f[:])
		w[wordFcsr] = fcsr
	}
	list := make([]Msg, n)
	for i := range list {
		list[i] = Msg{Kind: k, Part: uint8(i), Number: uint16(n), Guest: guest}
		copy(list[i].W[:], w[i*Words:])
	}
	return list
}

// Assembly puts together the registers of one guest. The zero value has none.
type Assembly struct {
	w    [allWords]uint64
	have uint8
	n    Parts // of those that came last
}

// Take takes a message, and reports whether it was the last one. One that does not go on where the last
// ended begins anew, or counts for nothing.
func (a *Assembly) Take(m *Msg) (whole bool) {
	if m.Part == 0 {
		a.have = 0
	}
	switch Parts(m.Number) {
	case OfAnswer, OfCall, Integers, withFP:
	default:
		a.have = 0
		return false
	}
	if m.Number > withFP || m.Part != a.have || uint16(m.Part) >= m.Number {
		a.have = 0
		return false
	}
	copy(a.w[int(m.Part)*Words:], m.W[:])
	a.have++
	if uint16(a.have) < m.Number {
		return false
	}
	a.n, a.have = Parts(m.Number), 0
	return true
}

// Short reports whether those that came last are not all.
func (a *Assembly) Short() bool { return a.n < Integers }

// Unpack sets the registers that came last, and returns for how many ticks they were run with. Those that
// did not come stay as they are.
func (a *Assembly) Unpack(u *shim.User) (used uint64) {
	u.PC, u.Cause, u.Value = a.w[wordPC], a.w[wordCause], a.w[wordValue]
	a.set(u, 0)
	return a.w[wordUsed]
}

// UnpackRest sets those registers of all that came last which a call does not need.
func (a *Assembly) UnpackRest(u *shim.User) { a.set(u, int(OfCall)*Words-wordX) }

// set sets the integer registers from one in the order on, and those for floating point, as far as they have come.
func (a *Assembly) set(u *shim.User, from int) {
	for i := from; i < min(numIntegers, int(a.n)*Words-wordX); i++ {
		u.X[order[i]] = a.w[wordX+i]
	}
	switch {
	case a.n == withFP:
		u.SetFP((*[32]uint64)(a.w[wordF:wordFcsr]), a.w[wordFcsr])
	case a.n == Integers && u.UsesFP():
		u.SetFP(new([32]uint64), 0)
	}
}
