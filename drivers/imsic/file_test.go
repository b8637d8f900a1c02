package imsic

import (
	"slices"
	"testing"

	"atoll/drivers/reg/regtest"
)

// A message is one store of four bytes to the first register, and nothing is read.
// Sabotage: write the other register, at 4, which takes the number big-endian.
func TestSend(t *testing.T) {
	b := regtest.New(regtest.Memory{})
	New(b).Send(7)
	if !slices.Equal(b.Log, []regtest.Access{{Write: true, Off: 0, Width: 4, Value: 7}}) {
		t.Errorf("accesses %v", b.Log)
	}
}
