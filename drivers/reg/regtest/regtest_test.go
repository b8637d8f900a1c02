package regtest

import (
	"fmt"
	"testing"

	"atoll/drivers/reg"
)

var _ reg.Block = (*Block)(nil)

func TestLogAndMemory(t *testing.T) {
	b := New(Memory{})
	b.Write32(8, 0xdead_beef)
	b.Write8(3, 7)
	if v := b.Read32(8); v != 0xdead_beef {
		t.Errorf("Read32 = %#x", v)
	}
	if v := b.Read8(8); v != 0xef {
		t.Errorf("Read8 = %#x, want the low byte", v)
	}
	const want = "[w4 0x8 = 0xdeadbeef w1 0x3 = 0x7 r4 0x8 = 0xdeadbeef r1 0x8 = 0xef]"
	if got := fmt.Sprint(b.Log); got != want {
		t.Errorf("log %s, want %s", got, want)
	}
	if got := fmt.Sprint(b.Writes()); got != "[w4 0x8 = 0xdeadbeef w1 0x3 = 0x7]" {
		t.Errorf("writes %s", got)
	}
}

func TestConstantIsCutToTheAccess(t *testing.T) {
	b := New(Constant(^uint64(0)))
	b.Write32(0, 0)
	if b.Read8(1) != 0xff || b.Read32(4) != 0xffff_ffff || b.Log[1].Value != 0xff {
		t.Errorf("log %v", b.Log)
	}
}

func TestMisalignedAccessPanics(t *testing.T) {
	for name, access := range map[string]func(*Block){
		"load":  func(b *Block) { b.Read32(2) },
		"store": func(b *Block) { b.Write32(1, 0) },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("no panic on a misaligned %s", name)
				}
			}()
			access(New(Memory{}))
		}()
	}
}
