//go:build !riscv64

package sys

import (
	"reflect"
	"testing"

	"atoll/arch/ecall"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
)

// seen is a call as the kernel sees it.
type seen struct {
	number uint64
	r      ecall.Registers
}

// serve answers all calls during a test, and returns what was seen.
func serve(t *testing.T, answer ecall.Registers) *[]seen {
	var all []seen
	ecall.Kernel = func(number uint64, r *ecall.Registers) {
		s := seen{number: number, r: *r}
		all = append(all, s)
		*r = answer
	}
	t.Cleanup(func() { ecall.Kernel = nil })
	return &all
}

// TestArguments makes each call there is once and looks at the registers. A new number
// without a function fails it.
// Sabotage: exchange source and destination in Move.
func TestArguments(t *testing.T) {
	m := func() *Message { return &Message{Words: [abi.MessageWords]uint64{11, 12, 13, 14, 15}, Cap: 16} }
	const t0, t1, t2 = ecall.T0, ecall.T1, ecall.T2
	rows := []struct {
		number uint64
		call   func() error
		want   ecall.Registers
	}{
		{abi.CallNull, Null, ecall.Registers{}},
		{abi.CallIdentify, func() error { _, e := Identify(1); return e }, ecall.Registers{1}},
		{abi.CallCopy, func() error { return Copy(1, 2) }, ecall.Registers{1, 2}},
		{abi.CallMint, func() error { return Mint(1, 2, 3, 4) }, ecall.Registers{1, 2, 3, 4}},
		{abi.CallMove, func() error { return Move(1, 2) }, ecall.Registers{1, 2}},
		{abi.CallDelete, func() error { return Delete(1) }, ecall.Registers{1}},
		{abi.CallRevoke, func() error { return Revoke(1) }, ecall.Registers{1}},
		{abi.CallRetype, func() error { return Retype(1, Made{2, 3, 4, 5, 6, 7}) }, ecall.Registers{1, 2, 3, 4, 5, 6, 7}},
		{abi.CallMap, func() error { return Map(1, Place{2, 3, 4, 5, 6}) }, ecall.Registers{1, 2, 3, 4, 5, 6}},
		{abi.CallUnmap, func() error { return Unmap(1) }, ecall.Registers{1}},
		{abi.CallConfigure, func() error { return Configure(1, Configured{2, 3, 4, 5}) }, ecall.Registers{1, 2, 3, 4, 5}},
		{abi.CallStart, func() error { return Start(1, 2, 3, 4) }, ecall.Registers{1, 2, 3, 4}},
		{abi.CallStop, func() error { return Stop(1) }, ecall.Registers{1}},
		{abi.CallWeight, func() error { return Weight(1, 2) }, ecall.Registers{1, 2}},
		{abi.CallInspect, func() error { _, e := Inspect(1); return e }, ecall.Registers{1}},
		{abi.CallYield, func() error { return Yield(1) }, ecall.Registers{1}},
		{abi.CallResume, func() error { return Resume(1) }, ecall.Registers{1}},
		{abi.CallWait, func() error { return Wait(1) }, ecall.Registers{1}},
		{abi.CallListen, func() error { return Listen(1, 2) }, ecall.Registers{1, 2}},
		{abi.CallSend, func() error { return Send(1, m()) }, ecall.Registers{1, 0, 11, 12, 13, 14, 15, t1: 16}},
		{abi.CallReceive, func() error { return Receive(1, m(), 2, 3) }, ecall.Registers{1, t0: 3, t2: 2}},
		{abi.CallExchange, func() error { return Exchange(1, 2, m(), 3, 4) }, ecall.Registers{1, 2, 11, 12, 13, 14, 15, t0: 4, t1: 16, t2: 3}},
		{abi.CallTakeIRQ, func() error { return TakeIRQ(1, 2, 3, 4, 5) }, ecall.Registers{1, 2, 3, 4, ecall.T0: 5}},
		{abi.CallBindIRQ, func() error { return BindIRQ(1, 2) }, ecall.Registers{1, 2}},
		{abi.CallAckIRQ, func() error { return AckIRQ(1) }, ecall.Registers{1}},
		{abi.CallCore, func() error { _, e := Core(1); return e }, ecall.Registers{1}},
		{abi.CallExport, func() error { return Export("abc456789", 1, 2) }, ecall.Registers{0x3837363534636261, '9', 0, 1, t0: 2}},
		{abi.CallBind, func() error { _, e := Bind("abc", 1, 2, 3); return e }, ecall.Registers{0x636261, 0, 0, 1, 2, t0: 3}},
		{abi.CallAccept, func() error { _, e := Accept(1, 2, 3, 4); return e }, ecall.Registers{1, 2, 3, t0: 4}},
		{abi.CallRing, func() error { return Ring(1) }, ecall.Registers{1}},
		{abi.CallAwait, func() error { return Await(1, 2) }, ecall.Registers{1, t0: 2}},
		{abi.CallRun, func() error { _, e := Run(1, 2, 3, 4); return e }, ecall.Registers{1, 2, 3, t0: 4}},
		{abi.CallPass, func() error { return Pass(1, 2, 3, 4) }, ecall.Registers{1, 2, 3, t0: 4}},
		{abi.CallCollect, func() error { return Collect(1, 2) }, ecall.Registers{1, 2}},
	}
	if len(rows) != abi.End-abi.Base {
		t.Errorf("%d calls are tested, and there are %d", len(rows), abi.End-abi.Base)
	}
	for i, row := range rows {
		all := serve(t, ecall.Registers{})
		if row.number != abi.Base+uint64(i) {
			t.Errorf("row %d is about call %#x", i, row.number)
		}
		if err := row.call(); err != nil {
			t.Errorf("call %#x: %v", row.number, err)
		}
		got := (*all)[0]
		if len(*all) != 1 || got.number != row.number || got.r != row.want {
			t.Errorf("call %#x was seen as %#x with %v, want %v", row.number, got.number, got.r, row.want)
		}
	}
}

// TestResults looks at what functions make of results and of errors.
// Sabotage: in get, take the badge from a0.
func TestResults(t *testing.T) {
	var m Message
	serve(t, ecall.Registers{0, 7 | abi.Came, 1, 2, 3, 4, 5})
	want := Message{Words: [abi.MessageWords]uint64{1, 2, 3, 4, 5}, Cap: 9, Badge: 7}
	if err := Receive(1, &m, 9, 0); err != nil || m != want {
		t.Errorf("received %+v, %v; want %+v", m, err, want)
	}
	serve(t, ecall.Registers{0, 7, 1, 2, 3, 4, 5})
	want.Cap = 0
	if err := Exchange(1, 2, &m, 9, 0); err != nil || m != want {
		t.Errorf("exchanged %+v, %v; want %+v", m, err, want)
	}
	serve(t, ecall.Registers{0, uint64(capability.Frame) | uint64(capability.Read)<<8 | 5<<32, 0x1000, 0x2000})
	if c, err := Identify(1); err != nil || c != (capability.Cap{Type: capability.Frame, Rights: capability.Read, Badge: 5, Base: 0x1000, Size: 0x2000}) {
		t.Errorf("identified %+v, %v", c, err)
	}
	serve(t, ecall.Registers{0, uint64(abi.StateFaulted), 2, 3, 4})
	if s, err := Inspect(1); err != nil || s != (Inspected{abi.StateFaulted, 2, 3, 4}) {
		t.Errorf("inspected %+v, %v", s, err)
	}
	serve(t, ecall.Registers{0, 1, 2, 3, 4})
	if s, err := Core(1); err != nil || s != (CoreState{1, 2, 3, 4}) {
		t.Errorf("core %+v, %v", s, err)
	}
	for code, want := range map[uint64]error{
		uint64(capability.ErrRange): abi.Error(capability.ErrRange), uint64(abi.ErrFull): abi.ErrFull, ^uint64(37): abi.ErrNoCall,
	} {
		serve(t, ecall.Registers{code})
		if err := Null(); !reflect.DeepEqual(err, want) {
			t.Errorf("the result %d is the error %v, want %v", int64(code), err, want)
		}
	}
	ecall.Kernel = nil
	if err := Null(); err != abi.ErrNoCall {
		t.Errorf("without a kernel: %v", err)
	}
}

// TestRevoke sees Revoke call again until all is done.
// Sabotage: let Revoke return after its first call.
func TestRevoke(t *testing.T) {
	left := 3
	ecall.Kernel = func(_ uint64, r *ecall.Registers) {
		if left--; left > 0 {
			r[0] = uint64(abi.ErrAgain)
		} else {
			r[0] = 0
		}
	}
	defer func() { ecall.Kernel = nil }()
	if err := Revoke(1); err != nil || left != 0 {
		t.Errorf("%v, %d calls too few", err, left)
	}
}
