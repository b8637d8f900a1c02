package main

import (
	"bytes"
	"compress/gzip"
	"debug/elf"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atoll/arch/layout"
)

const (
	base = layout.LinkBase
	rx   = elf.PF_R | elf.PF_X
	ro   = elf.PF_R
	rw   = elf.PF_R | elf.PF_W
)

// kernel is a program that makes a good image.
func kernel() program {
	text := strings.Repeat("\x13\x00\x00\x00", 0x1100/4) // nop
	return program{
		machine: elf.EM_RISCV, kind: elf.ET_EXEC, entry: base + 0x1010,
		segments: []segment{
			{base, rx, text, 0},
			{base + 0x3000, ro, "constants", 0},
			{base + 0x5000, rw, "data", 0x4000},
		},
		symbols: []symbol{
			{"main.main", base + 0x1040, 16}, {"atollEntry", base + 0x1010, 16}, {"atoll/arch/sbi.Call", base + 0x1020, 16},
		},
	}
}

// convert runs the command on the program.
func convert(t *testing.T, p program) (img []byte, syms string, err error) {
	t.Helper()
	out := filepath.Join(t.TempDir(), "k.img")
	if err := run(p.write(t), out, out+".sym", out+".gz"); err != nil {
		return nil, "", err
	}
	img, err = os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	sym, err := os.ReadFile(out + ".sym")
	return img, string(sym), err
}

func TestImage(t *testing.T) {
	img, syms, err := convert(t, kernel())
	if err != nil {
		t.Fatal(err)
	}
	if len(img) != 0x6000 || string(img[0x3000:0x3009]) != "constants" || string(img[0x5000:0x5005]) != "data\x00" || img[0x1000] != 0x13 {
		t.Errorf("image of %#x bytes, or its segments, wrong", len(img))
	}
	le := binary.LittleEndian
	for _, f := range []struct {
		name  string
		at    int
		value uint64
	}{
		{"text_offset", 8, 2 << 20}, {"image_size", 16, 0x6000 + layout.Scratch}, {"flags", 24, 0}, {"version", 32, 2},
		{"res2", 40, 0}, {"magic", 48, 0x5643534952}, {"magic2", 56, 0x05435352},
		{"info", layout.InfoOffset, layout.InfoMagic}, {"text end", layout.InfoOffset + 8, base + 0x1100},
		{"bss end", layout.InfoOffset + 48, base + 0x5000 + 4 + 0x4000},
	} {
		if got := le.Uint64(img[f.at:]); got != f.value {
			t.Errorf("%s is %#x, want %#x", f.name, got, f.value)
		}
	}
	if got := target(le.Uint32(img), le.Uint32(img[4:])); got != 0x1010 {
		t.Errorf("the header jumps to %#x", got)
	}
	want := "0000002000001010 T atollEntry\n0000002000001020 T atoll/arch/sbi.Call\n0000002000001040 T main.main\n"
	if syms != want {
		t.Errorf("symbols:\n%s", syms)
	}
}

// target carries out the two instructions at address 0.
func target(auipc, jalr uint32) int64 {
	if auipc&0xfff != 5<<7|0x17 || jalr&0xfffff != 5<<15|0x67 {
		return -1
	}
	return int64(int32(auipc&^0xfff)) + int64(int32(jalr)>>20)
}

// TestCompress unpacks the compressed image; its header must hold no time and no name.
func TestCompress(t *testing.T) {
	img := bytes.Repeat([]byte("kernel"), 1000)
	b, err := compress(img)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, img) || !r.ModTime.IsZero() || r.Name != "" || len(b) > len(img)/10 {
		t.Errorf("%d bytes of %d, %v; header %+v", len(got), len(img), err, r.Header)
	}
}

func TestJump(t *testing.T) {
	for _, d := range []uint32{64, 0x7fc, 0x7fe, 0x800, 0x802, 0xffe, 0x1000, 0x17fe, 0x1800, 0x12_3456, 64<<20 - 2} {
		if got := target(jump(d)); got != int64(d) {
			t.Errorf("jump over %#x goes to %#x", d, got)
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(p *program)
		want  string
	}{
		{"machine", func(p *program) { p.machine = elf.EM_X86_64 }, "not a 64-bit RISC-V"},
		{"kind", func(p *program) { p.kind = elf.ET_DYN }, "not a 64-bit RISC-V"},
		{"entry in the header", func(p *program) { p.entry = base + 60 }, "outside"},
		{"entry behind", func(p *program) { p.entry = base + 0x6000 }, "outside"},
		{"unaligned", func(p *program) { p.segments[1].vaddr += 8 }, "not page aligned"},
		{"below", func(p *program) { p.segments[0].vaddr = base - 0x2000 }, "below the link base"},
		{"shared page", func(p *program) { p.segments[1].vaddr = base + 0x1000 }, "shares a page"},
		{"bss reaches", func(p *program) { p.segments[1].bss = 0x2000 }, "shares a page"},
		{"W and X", func(p *program) { p.segments[2].flags |= elf.PF_X }, "writable and executable"},
		{"window", func(p *program) { p.segments[2].bss = layout.CoreBase - base }, "leaves the link window"},
		{"bss wraps", func(p *program) { p.segments[2].bss = ^uint64(0) - base }, "leaves the link window"},
		{"far", func(p *program) { p.segments[2].vaddr = base + 65<<20 }, "more than 64 MiB"},
		{"no text", func(p *program) { p.segments[0].flags = ro }, "no executable"},
		{"no data", func(p *program) { p.segments = p.segments[:2] }, "data segment"},
		{"ecall", func(p *program) { p.putEcall(0x1044) }, "main.main holds an ECALL at 0x2000001044"},
		{"ecall, odd halfword", func(p *program) { p.putEcall(0x1042) }, "main.main holds"},
		{"ecall at the end", func(p *program) { p.putEcall(0x104c) }, "main.main holds"},
	} {
		p := kernel()
		c.spoil(&p)
		if _, _, err := convert(t, p); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: error %v", c.name, err)
		}
	}
}

// putEcall puts an ECALL at this distance from the link base.
func (p *program) putEcall(at int) {
	text := []byte(p.segments[0].bytes)
	copy(text[at:], "\x73\x00\x00\x00")
	p.segments[0].bytes = string(text)
}

func TestAllowedEcalls(t *testing.T) {
	p := kernel()
	p.putEcall(0x1014) // atollEntry
	p.putEcall(0x1024) // atoll/arch/sbi.Call
	p.putEcall(0x1080) // no function
	if _, _, err := convert(t, p); err != nil {
		t.Error(err)
	}
	for name, may := range map[string]bool{
		"atoll/arch/shim.f": true, "atollTrap": true, "atoll/kernel.f": false, "syscall.rawVforkSyscall": false, "atoll.f": false,
	} {
		if mayTrap(name) != may {
			t.Errorf("%s may trap: %v", name, !may)
		}
	}
}

func TestNotELF(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := os.WriteFile(path, []byte("no ELF at all"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, in := range []string{path, path + "none"} {
		if err := run(in, path+".img", "", ""); err == nil {
			t.Errorf("%s: no error", in)
		}
	}
}
