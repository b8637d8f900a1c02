//go:build !riscv64

package remote

import (
	"strings"
	"testing"

	"atoll/kernel/abi"
	"atoll/user/hosted"
	"atoll/user/memory"
)

// Arguments that do not fit are refused; the others the machine's tests send.
// Sabotages: let the text be a byte longer; do not count the zeros.
func TestRun(t *testing.T) {
	hosted.Boot(t, 128)
	a := memory.Own()
	s := memory.NewSpace(a)
	for _, args := range [][]string{nil, {""}, {"", "b"}, {"a\x00b"}, {strings.Repeat("x", 4096)}, {"a", strings.Repeat("x", 4094)}} {
		if _, err := Run(a, s, 0, abi.Forever, args...); err != ErrArguments {
			t.Errorf("%.20q: %v, want %v", args, err, ErrArguments)
		}
	}
}
