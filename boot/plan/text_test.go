package plan

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strings"
	"testing"

	"atoll/dts/fdtbuild"
)

func TestString(t *testing.T) {
	p, _ := mustMake(t, input(t, fdtbuild.NUMA().Blob()))
	s := p.String()
	for _, want := range []string{
		"cores: 8; usable harts: 8; core 1 booted; time base 10000000 Hz",
		"window       0x80000000..0x100000000 at 0x3000000000",
		"image        0x80200000..0x80700000",
		"controller 0 context 1, claim 0xc801000",
		"/soc/serial@10000000 (\"ns16550a\"), console",
		"controller 1, 95 sources",
		", sstc",
	} {
		if !strings.Contains(s, want) {
			t.Errorf("no %q in\n%s", want, s)
		}
	}
	if strings.Contains(s, "initrd") {
		t.Errorf("an initrd that is not there:\n%s", s)
	}
	var b bytes.Buffer
	if n, err := p.WriteTo(&b); err != nil || n != int64(len(s)) || b.String() != s {
		t.Errorf("WriteTo: %d bytes, %v", n, err)
	}
}

// Columns stand below each other however long an address is.
// Sabotage: let width return 24.
func TestStringColumns(t *testing.T) {
	p, _ := mustMake(t, input(t, fdtbuild.Virt(2, 256<<20).Blob()))
	high := Range{0x10_0000_0000, 0x1f20_0000}
	p.Cores[1].Reserve, p.Devices[0].Regs, p.Area = high, high, high
	s := p.String()
	for _, c := range [][2]string{{"  interrupts\n", "  controller 0 context 3"}, {" at  ", fmt.Sprintf(" %#x ", p.Devices[0].VA)}, {fmt.Sprintf(" %d MiB\n", high.Size>>20), " 2 KiB\n"}} {
		if a, b := column(s, c[0]), column(s, c[1]); a < 0 || a != b {
			t.Errorf("%q stands in column %d, %q in column %d:\n%s", c[0], a, c[1], b, s)
		}
	}
}

// column is that of a text in its line, -1 if it is nowhere.
func column(s, text string) int {
	at := strings.Index(s, text)
	return at - 1 - strings.LastIndex(s[:max(at, 0)], "\n")
}

// What comes from the tree cannot send escape sequences to a console.
func TestStringQuotes(t *testing.T) {
	b := fdtbuild.Virt(1, 256<<20)
	b.Root.Find("chosen").Strings("bootargs", "a\x1b[2Jb\nc")
	p, _ := mustMake(t, input(t, b.Blob()))
	if s := p.String(); strings.Contains(s, "\x1b") || !strings.Contains(s, `"a\x1b[2Jb\nc"`) {
		t.Errorf("boot arguments are not quoted:\n%s", s)
	}
}

func TestJSON(t *testing.T) {
	p, _ := mustMake(t, input(t, fdtbuild.Monitor().Blob()))
	raw := p.JSON()
	var got struct {
		Cores []struct {
			Hart       uint64
			Kernel     struct{ Base string }
			Controller *uint32
		}
		Devices []struct {
			Kind    string
			Console bool
			VA      string
		}
		BootCore uint32 `json:"boot_core"`
		Timebase uint64 `json:"timebase_hz"`
	}
	if err := json.Unmarshal(raw, &got); err != nil || bytes.ContainsRune(raw, '\n') {
		t.Fatalf("%v in %s", err, raw)
	}
	if len(got.Cores) != 4 || got.Cores[0].Hart != 1 || got.Cores[0].Controller == nil || *got.Cores[0].Controller != 0 ||
		!strings.HasPrefix(got.Cores[0].Kernel.Base, "0x") || got.Timebase != 4_000_000 || got.BootCore != 0 {
		t.Errorf("got %+v", got)
	}
	if len(got.Devices) != 2 || got.Devices[1].Kind != "uart" || !got.Devices[1].Console {
		t.Errorf("devices %+v", got.Devices)
	}
	p.Cores[0].Controller = NoCore
	if !bytes.Contains(p.JSON(), []byte(`"controller":null`)) {
		t.Error("no controller is not null")
	}
}

func TestNames(t *testing.T) {
	for k := DeviceNone; k <= DeviceVirtioMMIO; k++ {
		if k.String() == "" || k.String() == "unknown" {
			t.Errorf("kind %d has no name", k)
		}
	}
	if DeviceKind(99).String() != "unknown" {
		t.Error("a kind that does not exist has a name")
	}
	for n, want := range map[uint64]string{0: "0 B", 4096: "4 KiB", 1 << 20: "1 MiB", 3 << 30: "3 GiB", 1<<30 + 1<<20: "1025 MiB"} {
		if got := size(n); got != want {
			t.Errorf("size(%d) = %q, want %q", n, got, want)
		}
	}
	long := text(strings.Repeat("x", 200))
	if len(long.String()) != len(Text{})-1 {
		t.Errorf("a long text has %d bytes", len(long.String()))
	}
}
