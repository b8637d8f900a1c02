package spans

import "atoll/arch/shim"

// How registers travel: words, so many in a message. The floating-point ones come behind the others,
// if the thread has used any.
const (
	wordCause, wordValue, wordPC = 0, 1, 2
	wordX                        = 2 // x1 stands in word 3
	wordUsed                     = 34
	integers                     = 36
	wordF, wordFcsr              = integers, integers + 32
	allWords                     = integers + 36
)

// Parts is how many messages registers take: so many, or with floating-point ones as many again.
const Parts = integers / Words

// Pack returns the messages with the registers of a guest, and for how many ticks it has run.
func Pack(k Kind, guest uint32, u *shim.User, used uint64) []Msg {
	var w [allWords]uint64
	w[wordCause], w[wordValue], w[wordPC], w[wordUsed] = u.Cause, u.Value, u.PC, used
	copy(w[wordX+1:], u.X[1:])
	n := Parts
	if u.UsesFP() {
		f, fcsr := u.FP()
		copy(w[wordF:], f[:])
		w[wordFcsr] = fcsr
		n = 2 * Parts
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
}

// Take takes a message, and reports whether it was the last one. One that does not go on where the last
// ended begins anew, or counts for nothing.
func (a *Assembly) Take(m *Msg) (whole bool) {
	if m.Part == 0 {
		a.have = 0
	}
	if m.Part != a.have || m.Number != Parts && m.Number != 2*Parts || uint16(m.Part) >= m.Number {
		a.have = 0
		return false
	}
	copy(a.w[int(m.Part)*Words:], m.W[:])
	a.have++
	if uint16(a.have) < m.Number {
		return false
	}
	if m.Number == Parts {
		clear(a.w[integers:])
	}
	a.have = 0
	return true
}

// Unpack sets the registers that came last, and returns for how many ticks they were run with.
func (a *Assembly) Unpack(u *shim.User) (used uint64) {
	u.Cause, u.Value, u.PC = a.w[wordCause], a.w[wordValue], a.w[wordPC]
	copy(u.X[1:], a.w[wordX+1:wordUsed])
	f := [32]uint64(a.w[wordF:wordFcsr])
	if fcsr := a.w[wordFcsr]; u.UsesFP() || fcsr != 0 || f != [32]uint64{} {
		u.SetFP(&f, fcsr)
	}
	return a.w[wordUsed]
}
