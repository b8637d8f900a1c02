package sbi

import (
	"strings"
	"testing"
)

// firmware is a console as firmware has it. Memory is what lies at the physical
// address at.
type firmware struct {
	at     uint64
	k      *Console
	legacy bool
	denies bool                // the debug console refuses our memory
	takes  func(uint64) uint64 // how much of an offer the debug console takes
	typed  string
	said   strings.Builder
	bulk   int // bytes that came through memory
}

// memory returns n bytes of the record at a physical address.
func (f *firmware) memory(pa, n uint64) []byte {
	switch off := pa - f.at; {
	case off >= consoleOut && off+n <= consoleOut+consoleBytes:
		return f.k.out[off-consoleOut:][:n]
	case off == consoleIn && n <= uint64(len(f.k.in)):
		return f.k.in[:n]
	}
	return nil
}

func (f *firmware) call(ext, fid, a0, a1, a2, _, _ uint64) (Error, uint64) {
	switch {
	case ext == ExtLegacyPutchar && f.legacy:
		f.said.WriteByte(byte(a0))
		return Success, 0
	case ext == ExtLegacyGetchar && f.legacy && f.typed == "":
		return ErrFailed, 0
	case ext == ExtLegacyGetchar && f.legacy:
		c := f.typed[0]
		f.typed = f.typed[1:]
		return Error(c), 0
	case ext != ExtDBCN || f.takes == nil:
		return ErrNotSupported, 0
	case fid == dbcnWriteByte:
		f.said.WriteByte(byte(a0))
		return Success, 0
	}
	m := f.memory(a1, a0)
	if f.denies || m == nil || a2 != 0 {
		return ErrInvalidParam, 0
	}
	if fid == dbcnRead {
		n := copy(m, f.typed)
		f.typed = f.typed[n:]
		return Success, uint64(n)
	}
	n := f.takes(a0)
	f.said.Write(m[:min(n, a0)])
	f.bulk += int(min(n, a0))
	return Success, n
}

func all(n uint64) uint64 { return n }

// Whatever the firmware has, all bytes arrive once and in order, and what is typed is
// read. Sabotage: add done twice in flush; let flush go on after an answer of 0.
func TestConsole(t *testing.T) {
	text := strings.Repeat("a line that is longer than one call can write, and\nanother\n", 20) + "no end"
	for _, c := range []struct {
		name string
		bulk bool // through memory
		f    firmware
	}{
		{"legacy only", false, firmware{legacy: true}},
		{"debug console only", true, firmware{takes: all}},
		{"both", true, firmware{legacy: true, takes: all}},
		{"takes little", true, firmware{takes: func(n uint64) uint64 { return min(n, 3) }}},
		{"denies memory", false, firmware{legacy: true, takes: all, denies: true}},
		{"denies memory, no legacy", false, firmware{takes: all, denies: true}},
		{"takes nothing", false, firmware{legacy: true, takes: func(uint64) uint64 { return 0 }}},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := c.f
			f.at, f.k, f.typed = 0x8765_4000, &Console{}, "xyz"
			if f.takes != nil {
				f.k.pa = f.at // as Init finds
			}
			for i := range len(text) {
				f.k.put(text[i], f.call)
			}
			f.k.flush(f.call)
			if f.said.String() != text {
				t.Errorf("said %q", f.said.String())
			}
			if c.bulk != (f.bulk == len(text)) {
				t.Errorf("%d of %d bytes went through memory", f.bulk, len(text))
			}
			if !f.legacy && f.denies {
				return // nothing can be read
			}
			var got []byte
			for range 10 {
				if b, ok := f.k.get(f.call); ok {
					got = append(got, b)
				}
			}
			if string(got) != "xyz" {
				t.Errorf("read %q", got)
			}
		})
	}
}

// Firmware that claims to have taken more than there was is not believed.
func TestConsoleLies(t *testing.T) {
	f := firmware{at: 0x1000, k: &Console{pa: 0x1000}, takes: func(n uint64) uint64 { return n + 1 }, legacy: true}
	for _, b := range []byte("abc\n") {
		f.k.put(b, f.call)
	}
	if f.k.pa != 0 || !strings.HasSuffix(f.said.String(), "abc\n") {
		t.Errorf("pa %#x, said %q", f.k.pa, f.said.String())
	}
}
