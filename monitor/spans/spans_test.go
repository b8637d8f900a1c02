package spans

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"atoll/arch/shim"
)

// A message fills what a channel carries.
var _ = [1]struct{}{}[unsafe.Sizeof(Msg{})-56]

// Registers come as they went, all of them or those that a call, or its answer, needs: the others stay.
// Sabotages: in Pack, leave out any word, or those of floating point; in set, leave out any, or SetFP, or go beyond
// what has come; exchange two of different parts in order.
func TestRegisters(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var into shim.User
	var a Assembly
	carried := map[Parts][]int{OfAnswer: {10, 17}, OfCall: {2, 10, 11, 12, 13, 14, 15, 17}}
	for round := range 40 {
		var u shim.User
		u.Cause, u.Value, u.PC = r.Uint64(), r.Uint64(), r.Uint64()
		for i := 1; i < 32; i++ {
			u.X[i] = r.Uint64()
		}
		if round%2 == 1 {
			var f [32]uint64
			for i := range f {
				f[i] = r.Uint64()
			}
			u.SetFP(&f, r.Uint64()%256)
		}
		used := r.Uint64()
		n := []Parts{All(&u), OfCall, OfAnswer, All(&u)}[round%4]
		want := into
		wantFP, wantFcsr := into.FP()
		if n >= Integers {
			want.X = u.X
			wantFP, wantFcsr = u.FP()
		}
		for _, i := range carried[n] {
			want.X[i] = u.X[i]
		}
		list := Pack(Came, 77, &u, used, n)
		for i := range list {
			if list[i].Kind != Came || list[i].Guest != 77 {
				t.Fatalf("%+v", list[i])
			}
			if a.Take(&list[i]) != (i == len(list)-1) {
				t.Fatalf("message %d of %d is the last, or is not", i, len(list))
			}
		}
		got := a.Unpack(&into)
		f, fcsr := into.FP()
		if into.Cause != u.Cause || into.Value != u.Value || into.PC != u.PC || into.X != want.X || f != wantFP || fcsr != wantFcsr || got != used || a.Short() != (n < Integers) {
			t.Fatalf("round %d: other registers have come in %d messages", round, n)
		}
	}
}

// The rest is what a call does not need. Sabotage: in UnpackRest, set all.
func TestRest(t *testing.T) {
	var u, into shim.User
	for i := range 32 {
		u.X[i], into.X[i] = 1, 2
	}
	u.PC, into.PC = 1, 2
	var a Assembly
	for _, m := range Pack(Rest, 1, &u, 0, All(&u)) {
		a.Take(&m)
	}
	a.UnpackRest(&into)
	for i := 1; i < 32; i++ {
		if call := i == 2 || i >= 10 && i <= 15 || i == 17; (into.X[i] == 2) != call {
			t.Errorf("x%d is of the %d", i, into.X[i])
		}
	}
	if into.PC != 2 {
		t.Error("the pc is of the rest")
	}
}

// Messages that do not go on where the last ended make no registers, whatever they say.
// Sabotages: in Take, leave out any condition.
func TestPartsOfNothing(t *testing.T) {
	var u shim.User
	list := Pack(Enter, 1, &u, 0, Integers)
	var a Assembly
	for i := range list {
		if i == 2 {
			continue
		}
		if a.Take(&list[i]) {
			t.Error("registers without a part are whole")
		}
	}
	twice := append(Pack(Enter, 1, &u, 0, Integers)[:Integers-1], list[3])
	var fp shim.User
	fp.SetFP(new([32]uint64), 0)
	fewer := append(Pack(Enter, 1, &fp, 0, All(&fp))[:Integers], Msg{Part: uint8(Integers), Number: uint16(Integers)})
	for what, parts := range map[string][]Msg{"a part twice": twice, "fewer parts than there are": fewer} {
		for i := range parts {
			if a.Take(&parts[i]) {
				t.Errorf("registers of %s are whole", what)
			}
		}
	}
	for _, m := range []Msg{{Part: 0, Number: 0}, {Part: 0, Number: 257}, {Part: 0, Number: 255}, {Part: 12, Number: 12}, {Part: 255, Number: 12}} {
		if a.Take(&m) {
			t.Errorf("%+v makes registers", m)
		}
	}
	r := rand.New(rand.NewPCG(3, 4))
	for range 100000 {
		a.Take(&Msg{Part: uint8(r.IntN(14)), Number: uint16(r.IntN(14))})
	}
}

// A shootdown is what its words say.
// Sabotage: exchange two words in Words.
func TestShoot(t *testing.T) {
	want := Shoot{Program: 1 << 31, Space: 2, Number: 3, Lo: 4, Hi: 5}
	w := want.Words()
	if len(w) != ShootWords || ShootOf(w) != want {
		t.Errorf("%x is %+v", w, ShootOf(w))
	}
}
