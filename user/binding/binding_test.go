//go:build !riscv64

package binding_test

import (
	"errors"
	"testing"

	"atoll/kernel/abi"
	"atoll/user/binding"
	"atoll/user/hosted"
	"atoll/user/memory"
	"atoll/user/slots"
)

// What fails leaves nothing: a program that tries again and again does not run out of slots.
// Sabotage: in open, leave out a drop.
func TestFailures(t *testing.T) {
	k := hosted.Boot(t, 128) // it makes no channels
	s := memory.NewSpace(memory.Own())
	free, count := slots.Own.Free(), k.Count()
	for range 300 {
		for _, open := range []func() error{
			func() error { _, err := binding.Bind(s, "nobody", 0); return err },
			func() error { _, err := binding.Offer(s, "nobody", 0); return err },
		} {
			if err := open(); !errors.Is(err, abi.ErrNoMemory) {
				t.Fatal(err)
			}
		}
	}
	if slots.Own.Free() != free || k.Count() != count {
		t.Errorf("%d slots are free, %d were before; %d capabilities, %d before", slots.Own.Free(), free, k.Count(), count)
	}
}
