package shim

import (
	"atoll/arch/layout"
	"atoll/arch/sbi"
)

// lastWords writes text that must come out although the instance is dying: to
// its crash page, or to the firmware's console if nobody lives to print that. With
// neither it writes byte by byte through the firmware, for the code before the MMU.
type lastWords struct {
	page    *layout.Crash
	keep    uint64 // bytes of the page to leave for what comes later
	console *sbi.Console
}

func crashPage() *layout.Crash { return (*layout.Crash)(ptr(layout.CrashPage)) }

// lastWords begins the report, or goes on with one.
func (c *core) lastWords() lastWords {
	if c.alone != 0 {
		return lastWords{console: &c.firmware}
	}
	p := crashPage()
	if p.Incarnation != c.incarnation || p.Magic == layout.CrashMagic || p.Length > uint64(len(p.Text)) {
		p.Magic, p.Length = 0, 0
		p.Incarnation = c.incarnation
	}
	return lastWords{page: p}
}

func (w lastWords) byte(b byte) {
	if w.page == nil && w.console == nil {
		sbi.ConsolePutchar(b)
	} else if w.page == nil {
		w.console.Put(b)
	} else if n := w.page.Length; n < uint64(len(w.page.Text))-w.keep {
		w.page.Text[n] = b
		w.page.Length = n + 1
	}
}

func (w lastWords) text(s string) {
	for i := 0; i < len(s); i++ {
		w.byte(s[i])
	}
}

func (w lastWords) hex(v uintptr) {
	w.text("0x")
	started := false
	for i := 60; i >= 0; i -= 4 {
		if d := v >> uint(i) & 15; d != 0 || started || i == 0 {
			started = true
			w.byte("0123456789abcdef"[d])
		}
	}
}

func (w lastWords) decimal(v uintptr) {
	var b [20]byte
	i := len(b)
	for {
		i--
		b[i] = byte('0' + v%10)
		v /= 10
		if v == 0 {
			break
		}
	}
	for ; i < len(b); i++ {
		w.byte(b[i])
	}
}

// registers writes the save area of the code that trapped.
func (w lastWords) registers(f *thread, depth uintptr) {
	w.text("trap: cause ")
	w.hex(f.cause)
	w.text(" pc ")
	w.hex(f.pc)
	w.text(" address ")
	w.hex(f.tval)
	w.text(" depth ")
	w.decimal(depth)
	w.text("\n")
	for i := uintptr(1); i < 32; i++ {
		w.text(" x")
		w.decimal(i)
		w.text("=")
		w.hex(f.x[i])
		if i%4 == 3 {
			w.text("\n")
		}
	}
}

// output moves what the instance had written, and nobody fetched, to the report.
func (w lastWords) output(o *outRing) {
	for ; o.head != o.tail; o.head++ {
		w.byte(o.buf[o.head%outBytes])
	}
	o.ring = 0
}
