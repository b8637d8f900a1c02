//go:build !riscv64

package main

import (
	"fmt"
	"strings"
	"testing"

	"atoll/arch/ecall"
	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/hosted"
)

// walked reaches memory as a hart of the test's kernel would.
type walked struct{ k *hosted.Kernel }

func (m walked) words(va, size uint64, need layout.Perm) ([]uint64, bool) {
	w := m.k.Words(va, size, need)
	return w, w != nil
}

const pages = 4096

// TestAll has all checks pass over the CPU driver's own code.
func TestAll(t *testing.T) {
	var out strings.Builder
	if err := all(&out, walked{hosted.Boot(t, pages)}); err != nil {
		t.Fatalf("%v, after\n%s", err, out.String())
	}
	if !strings.HasSuffix(out.String(), fmt.Sprintf("memtest: %d checks, all passed\n", len(checks))) {
		t.Errorf("it said\n%s", out.String())
	}
}

// TestEachCheckCanFail has the kernel make a mistake for each check, which that one finds.
// Sabotage: let a check return nil at once.
func TestEachCheckCanFail(t *testing.T) {
	lies := []struct {
		check func(w *world) error
		what  string
		lie   func(number uint64, r *ecall.Registers, serve func())
	}{
		{first, "no table of its own", func(number uint64, r *ecall.Registers, serve func()) {
			if number == abi.CallIdentify && r[0] == uint64(abi.SlotTable) {
				r[0] = 0
			}
			serve()
		}},
		{aligned, "RAM wherever there is some", onMessage(abi.MemoryTake, func(r *ecall.Registers) { r[4] = 0 })},
		{everyType, "dispatchers may be read alone", func(number uint64, r *ecall.Registers, serve func()) {
			serve()
			if number == abi.CallIdentify && r[1]&0xff == uint64(capability.Dispatcher) {
				r[1] &^= uint64(write) << 8
			}
		}},
		{apart, "a frame in a frame", ignore(abi.CallRetype, capability.ErrInUse)},
		{rights, "writing what may be read", ignore(abi.CallMap, capability.ErrRights)},
		{wrong, "mapping RAM", ignore(abi.CallMap, capability.ErrWrongType)},
		{nowhere, "a full slot is filled", ignore(abi.CallCopy, capability.ErrNotEmpty)},
		{permissions, "all mappings are to be read", changed(abi.CallMap, 5, uint64(read))},
		{anotherSpace, "the kernel's half is the user's", ignore(abi.CallMap, capability.ErrRange)},
		{nested, "a table is not emptied", ignoreCall(abi.CallRevoke, abi.CallDelete)},
		{revoked, "nothing is revoked", ignoreCall(abi.CallRevoke)},
		{inUse, "RAM in use is taken back", func(number uint64, r *ecall.Registers, serve func()) {
			asked := r[2]
			serve()
			if number == abi.CallExchange && asked == abi.MemoryGive {
				r[2] = 0
			}
		}},
	}
	tested := map[string]bool{}
	for _, l := range lies {
		c := checks[find(l.check)]
		tested[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			k := hosted.Boot(t, pages)
			k.Lie = l.lie
			if err := one(c, walked{k}); err == nil {
				t.Errorf("%s: it passed", l.what)
			} else {
				t.Log(l.what+":", err)
			}
		})
	}
	// These look at memory, which no call of the kernel's stands between.
	for _, l := range []struct {
		check func(w *world) error
		m     func(walked) machine
	}{
		{zeroed, func(w walked) machine { return &dirty{walked: w} }},
		{patterns, func(w walked) machine { return aliased{w} }},
		{shared, func(w walked) machine { return &dirty{walked: w, every: true} }},
	} {
		c := checks[find(l.check)]
		tested[c.name] = true
		t.Run(c.name, func(t *testing.T) {
			if err := one(c, l.m(walked{hosted.Boot(t, pages)})); err == nil {
				t.Error("it passed")
			} else {
				t.Log(err)
			}
		})
	}
	for _, c := range checks {
		if !tested[c.name] {
			t.Errorf("nothing fails the check that %s", c.name)
		}
	}
}

// find returns the index of a check by its function.
func find(f func(w *world) error) int {
	for i, c := range checks {
		if fmt.Sprintf("%p", c.run) == fmt.Sprintf("%p", f) {
			return i
		}
	}
	return -1
}

// onMessage changes what a message asks the memory server.
func onMessage(what uint64, change func(r *ecall.Registers)) func(uint64, *ecall.Registers, func()) {
	return func(number uint64, r *ecall.Registers, serve func()) {
		if number == abi.CallExchange && r[2] == what {
			change(r)
		}
		serve()
	}
}

// ignore answers a call that was refused for one reason as if it had not been.
func ignore(call uint64, e capability.Error) func(uint64, *ecall.Registers, func()) {
	return func(number uint64, r *ecall.Registers, serve func()) {
		if serve(); number == call && r[0] == uint64(e) {
			r[0] = 0
		}
	}
}

// ignoreCall answers calls without serving them.
func ignoreCall(calls ...uint64) func(uint64, *ecall.Registers, func()) {
	return func(number uint64, r *ecall.Registers, serve func()) {
		for _, c := range calls {
			if number == c {
				r[0] = 0
				return
			}
		}
		serve()
	}
}

// changed has a call served with another argument.
func changed(call uint64, arg int, v uint64) func(uint64, *ecall.Registers, func()) {
	return func(number uint64, r *ecall.Registers, serve func()) {
		if number == call && r[arg] != 0 {
			r[arg] = v
		}
		serve()
	}
}

// dirty leaves something in a page when it is looked at the second time, or each time.
type dirty struct {
	walked
	every bool
	n     int
}

func (d *dirty) words(va, size uint64, need layout.Perm) ([]uint64, bool) {
	w, ok := d.walked.words(va, size, need)
	if d.n++; ok && d.every {
		w = append([]uint64(nil), w...) // somewhere else
	} else if ok && d.n > 2 {
		w[len(w)-1] = 1
	}
	return w, ok
}

// aliased shows the first frame at all addresses of the second table.
type aliased struct{ walked }

func (a aliased) words(va, size uint64, need layout.Perm) ([]uint64, bool) {
	if va >= abi.OwnBase+2<<20 {
		va = abi.OwnBase
	}
	return a.walked.words(va, size, need)
}
