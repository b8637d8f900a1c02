//go:build !riscv64

package main

import (
	"strings"
	"testing"

	"atoll/arch/ecall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/hosted"
	"atoll/user/program"
)

func until(n int) func(int) bool { return func(done int) bool { return done < n } }

// TestStress has threads work over the CPU driver's own code; everything that can be answered
// is.
func TestStress(t *testing.T) {
	k := hosted.Boot(t, 2048)
	before := k.Count()
	var out strings.Builder
	if err := stress(&out, 4, 1, until(20000)); err != nil {
		t.Fatal(err)
	}
	t.Log(out.String())
	if n := k.Count(); n != before {
		t.Errorf("%d capabilities are left, %d were before", n, before)
	}
}

// TestFindsMistakes has the kernel make one mistake in some thousand operations; the program
// finds each.
// Sabotage: in check, do not compare the answers; in see, do not compare the capabilities.
func TestFindsMistakes(t *testing.T) {
	const every = 400
	for name, lie := range map[string]func(n int, number uint64, r *ecall.Registers, serve func()){
		"an answer of OK to what is refused": func(n int, number uint64, r *ecall.Registers, serve func()) {
			if serve(); n%every == 0 && r[0] != 0 && number != abi.CallExchange {
				r[0] = 0
			}
		},
		"a delete that does nothing": func(n int, number uint64, r *ecall.Registers, serve func()) {
			if n%every == 0 && number == abi.CallDelete {
				r[0] = 0
				return
			}
			serve()
		},
		"a right too many": func(n int, number uint64, r *ecall.Registers, serve func()) {
			if n%every == 0 && number == abi.CallMint {
				r[2] = 7
			}
			serve()
		},
		"a revoke that does nothing": func(n int, number uint64, r *ecall.Registers, serve func()) {
			if number == abi.CallRevoke {
				r[0] = 0
				return
			}
			serve()
		},
		"a frame that stays mapped": func(n int, number uint64, r *ecall.Registers, serve func()) {
			if n%every == 0 && number == abi.CallUnmap {
				if serve(); r[0] == uint64(capability.ErrNotMapped) {
					r[0] = 0
				}
				return
			}
			serve()
		},
	} {
		t.Run(name, func(t *testing.T) {
			k := hosted.Boot(t, 1024)
			n := 0
			k.Lie = func(number uint64, r *ecall.Registers, serve func()) { n++; lie(n, number, r, serve) }
			var out strings.Builder
			err := stress(&out, 1, 1, until(100000))
			if err == nil {
				t.Error("nothing was found")
			}
			t.Log(err)
		})
	}
}

// Arguments that cannot be.
func TestArguments(t *testing.T) {
	for _, args := range []string{"", "0", "x", "1 2 3 4", "1 65", "90000", "1 -1", "1 1 0x",
		"over", "over 0,1", "over 0 1", "over 0,0 1", "over 0,x 1", "over 0,1 0", "over 0,1 1 -1", "over 0,1 1 1 1",
		"at", "at t 2 0,1 1 1", "at t 0 0 1 1", "at t 0 0,1 x 1", "at t 0 0,1 1 x"} {
		if _, ok := capstress(strings.Fields(args), &strings.Builder{}).(program.Misuse); !ok {
			t.Errorf("%q was taken", args)
		}
	}
}
