package linux

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"strings"
	"testing"
)

// The vDSO is an ELF file whose parts lie where it says, with the hashes that the Go runtime has
// for its names. Sabotages: change where vdsoDynamic is; in elfHash, leave out the upper bits.
func TestVDSO(t *testing.T) {
	b := vdso(10_000_000, 0)
	f, err := elf.NewFile(bytes.NewReader(b))
	if err != nil || f.Type != elf.ET_DYN || f.Machine != elf.EM_RISCV || len(f.Progs) != 2 || f.Entry != vdsoCode {
		t.Fatalf("%+v, %v", f, err)
	}
	dyn := map[uint64]uint64{}
	p := f.Progs[1]
	for at := p.Off; at < p.Off+p.Filesz; at += 16 {
		dyn[le.Uint64(b[at:])] = le.Uint64(b[at+8:])
	}
	text := func(off uint32) string {
		s := string(b[dyn[uint64(elf.DT_STRTAB)]+uint64(off):])
		return s[:strings.IndexByte(s, 0)]
	}
	symbol := b[dyn[uint64(elf.DT_SYMTAB)]+24:]
	version := b[dyn[uint64(elf.DT_VERDEF)]+28:]
	if got := text(le.Uint32(symbol)); got != "__vdso_clock_gettime" || le.Uint64(symbol[8:]) != vdsoCode {
		t.Errorf("the symbol is %q at %#x", got, le.Uint64(symbol[8:]))
	}
	if got := text(le.Uint32(version[20:])); got != "LINUX_4.15" || le.Uint32(version[8:]) != 0xae77f75 || le.Uint16(version[4:]) != 2 {
		t.Errorf("the version is %q with hash %#x", got, le.Uint32(version[8:]))
	}
	if got := text(uint32(dyn[uint64(elf.DT_SONAME)])); got != vdsoName || elfHash(vdsoFunction) != 0xd35ec75 {
		t.Errorf("its name is %q, the function's hash %#x", got, elfHash(vdsoFunction))
	}
	if le.Uint16(b[dyn[uint64(elf.DT_VERSYM)]+2:]) != 2 || le.Uint32(b[dyn[uint64(elf.DT_HASH)]+8:]) != 1 {
		t.Error("the symbol has another version, or is not in the table of hashes")
	}
}

// The function computes what clock_gettime does, at all times and rates.
// Sabotages: in vdsoText, leave out the carry; take the high part of a billion alone.
func TestVDSOClock(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		hz, now := 1+r.Uint64N(4e9), r.Uint64()>>r.IntN(60)
		boot := r.Uint64N(4e18)
		clock := r.Uint64N(3)
		h := hart{page: vdso(hz, boot), time: now}
		h.x[regA0], h.x[regA1] = clock, 0x1000
		if called := h.run(t); called != (clock > 1) {
			t.Fatalf("clock %d: the call is made: %v", clock, called)
		}
		if clock > 1 {
			continue
		}
		secs, nsecs := now/hz, now%hz*1e9/hz
		if clock == clockRealtime {
			secs, nsecs = secs+boot/1e9+(nsecs+boot%1e9)/1e9, (nsecs+boot%1e9)%1e9
		}
		if h.stored != [2]uint64{secs, nsecs} || h.x[regA0] != 0 {
			t.Fatalf("clock %d at %d of %d Hz, %d: %d, want %d, %d", clock, now, hz, boot, h.stored, secs, nsecs)
		}
	}
}

// hart executes the instructions of the vDSO, which lies at 0.
type hart struct {
	page   []byte
	x      [32]uint64
	time   uint64
	stored [2]uint64
}

// run runs the function, and reports whether it makes the call.
func (h *hart) run(t *testing.T) (called bool) {
	pc := uint64(vdsoCode)
	for {
		w := le.Uint32(h.page[pc:])
		rd, rs1, rs2, f3 := w>>7&31, w>>15&31, w>>20&31, w>>12&7
		a, b, imm := h.x[rs1], h.x[rs2], uint64(int64(int32(w)>>20))
		next, v := pc+4, h.x[rd]
		switch w & 0x7f {
		case 0x17:
			v = pc + uint64(w&^0xfff)
		case 0x37:
			v = uint64(int64(int32(w & 0xfffff000)))
		case 0x13:
			v = a + imm
		case 0x03:
			v = le.Uint64(h.page[a+imm:])
		case 0x23:
			h.stored[(a+uint64(w>>25<<5|rd)-0x1000)/8] = b
			v = h.x[rd]
		case 0x63:
			taken := map[uint32]bool{codeEqual: a == b, codeNotEqual: a != b, codeBelow: a < b}[f3]
			if v = h.x[rd]; taken {
				next = pc + uint64(w>>8&15<<1|w>>25&0x3f<<5|w>>7&1<<11)
			}
		case 0x33:
			v = map[uint32]func() uint64{
				codeAdd: func() uint64 { return a + b }, codeSub: func() uint64 { return a - b }, codeMul: func() uint64 { return a * b },
				codeDivu: func() uint64 { return a / b }, codeRemu: func() uint64 { return a % b },
			}[w&0xfe00707f]()
		case 0x73:
			if f3 == 2 && w>>20 == csrTime {
				v = h.time
			} else if called = h.x[regA7] == numberClockGettime && w == codeEcall; !called {
				t.Fatalf("instruction %#x", w)
			}
		case 0x67:
			return called
		default:
			t.Fatalf("instruction %#x at %#x", w, pc)
		}
		if pc = next; rd != 0 && w&0x7f != 0x23 && w&0x7f != 0x63 {
			h.x[rd] = v
		}
	}
}
