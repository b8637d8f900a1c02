package spans

import (
	"math/rand/v2"
	"testing"
	"unsafe"

	"atoll/arch/shim"
)

// A message fills what a channel carries.
var _ = [1]struct{}{}[unsafe.Sizeof(Msg{})-56]

// Registers come as they went, with floating-point ones and without.
// Sabotages: in Pack, leave out any word, or those of floating point; in Unpack, leave out any, or SetFP.
func TestRegisters(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var into shim.User
	var a Assembly
	for round := range 20 {
		var u shim.User
		u.Cause, u.Value, u.PC = r.Uint64(), r.Uint64(), r.Uint64()
		for i := 1; i < 32; i++ {
			u.X[i] = r.Uint64()
		}
		want := Parts
		if round%2 == 1 {
			var f [32]uint64
			for i := range f {
				f[i] = r.Uint64()
			}
			u.SetFP(&f, r.Uint64()%256)
			want = 2 * Parts
		}
		used := r.Uint64()
		list := Pack(Came, 77, &u, used)
		if len(list) != want {
			t.Fatalf("%d messages, want %d", len(list), want)
		}
		for i := range list {
			if list[i].Kind != Came || list[i].Guest != 77 {
				t.Fatalf("%+v", list[i])
			}
			if a.Take(&list[i]) != (i == len(list)-1) {
				t.Fatalf("message %d of %d is the last, or is not", i, len(list))
			}
		}
		got := a.Unpack(&into)
		f, fcsr := u.FP()
		f2, fcsr2 := into.FP()
		if into.Cause != u.Cause || into.Value != u.Value || into.PC != u.PC || into.X != u.X || f2 != f || fcsr2 != fcsr || got != used {
			t.Fatalf("round %d: other registers have come", round)
		}
	}
}

// Messages that do not go on where the last ended make no registers, whatever they say.
// Sabotages: in Take, leave out any condition.
func TestPartsOfNothing(t *testing.T) {
	var u shim.User
	list := Pack(Enter, 1, &u, 0)
	var a Assembly
	for i := range list {
		if i == 2 {
			continue
		}
		if a.Take(&list[i]) {
			t.Error("registers without a part are whole")
		}
	}
	twice := append(Pack(Enter, 1, &u, 0)[:Parts-1], list[3])
	var fp shim.User
	fp.SetFP(new([32]uint64), 0)
	fewer := append(Pack(Enter, 1, &fp, 0)[:Parts], Msg{Part: Parts, Number: Parts})
	for what, parts := range map[string][]Msg{"a part twice": twice, "fewer parts than there are": fewer} {
		for i := range parts {
			if a.Take(&parts[i]) {
				t.Errorf("registers of %s are whole", what)
			}
		}
	}
	for _, m := range []Msg{{Part: 0, Number: 0}, {Part: 0, Number: 1}, {Part: 0, Number: 255}, {Part: 12, Number: 12}, {Part: 255, Number: 2 * Parts}} {
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
