package boot

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/dts/fdtbuild"
	"atoll/test/qemu"
)

// Machine code that the ladder's tests write into images.
const (
	jumpToItself = 0x0000006f // j .
	writeSTVEC   = 0x10529073 // csrw stvec, t0
)

// ladder is a boot whose image has an endless loop at a place, and the last line that
// is then said.
var ladder = []struct {
	name   string
	symbol string
	behind uint32 // the loop replaces the first such instruction, not the symbol's
	last   string // "" is nothing at all
}{
	{"nothing runs", "atollEntry", 0, ""},
	{"no memory behind the image", "atoll/arch/shim.planRow", 0, `entered`},
	{"page tables", "atoll/arch/shim.(*builder).mapOne", 0, `page tables\n`},
	{"MMU", "atoll/arch/shim.high", 0, `page tables\n`},
	{"traps", "atoll/arch/shim.high", writeSTVEC, `traps\n`},
	{"runtime", "_rt0_riscv64_linux", 0, `Go runtime\n`},
	{"tree", "atoll/dts.Parse", 0, `device tree\n`},
	{"plan", "atoll/boot/plan.Make", 0, `plan\n`},
	{"birth", "atoll/arch/shim.bornEntry", 0, `core \d on hart \d\n`},
	{"UART", "atoll/drivers/uart.(*ns16550).Init", 0, `console ns16550a at 0x10000000\n`},
}

// silence is how long nothing more must be said. Where a loop is missing the rest of
// the boot takes less, and a busy host can hide that but not fail a good boot.
const silence = 300 * time.Millisecond

// TestS71Ladder stops the boot at each of its steps and looks at the last line, as
// somebody with a photo of the screen does.
// Sabotage: print a step after it has been done, in boot.Plan; leave one out of
// arch/shim/entry_riscv64.s.
func TestS71Ladder(t *testing.T) {
	t.Parallel()
	for _, step := range ladder {
		t.Run(step.name, func(t *testing.T) {
			o := machine(1)
			o.Kernel = loopAt(t, step.symbol, step.behind)
			g := qemu.Start(t, o)
			g.Expect(`^Boot HART MEDELEG`)
			if step.last != "" {
				g.ExpectText(`^atoll: ` + step.last)
			}
			time.Sleep(silence)
			_, said, _ := strings.Cut(kernelPart(g.Console()), "atoll: ")
			all := strings.Split(said, "atoll: ")
			if last := all[len(all)-1]; !regexp.MustCompile(`^` + step.last + `$`).MatchString(last) {
				t.Errorf("the last line is %q, want %q", last, step.last)
			}
		})
	}
}

// TestS71Harts lets the boot core hang when it starts the first of the others: the
// ladder names those that it wanted to start, and none of them reports.
func TestS71Harts(t *testing.T) {
	t.Parallel()
	o := machine(3)
	o.Kernel = loopAt(t, "atoll/monitor.(*Machine).Start", 0)
	g := qemu.Start(t, o)
	boot := g.Expect(`^atoll: core (\d) on hart (\d)$`)
	others := map[string]string{"0": "1-2", "1": "0 2", "2": "0-1"}
	g.Expect(`^atoll: harts ` + others[boot[2]] + `$`)
	time.Sleep(silence)
	for _, f := range qemu.Facts(g.Console(), "up") {
		if fmt.Sprint(f.Int("hart")) != boot[2] {
			t.Errorf("hart %d is up, and nobody has started it", f.Int("hart"))
		}
	}
}

// TestS71Refusals boots machines that cannot run the kernel: the first steps of the
// ladder, a sentence, the end.
// Sabotage: jump to itself instead of giving up behind the write of satp.
func TestS71Refusals(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name string
		set  func(o *qemu.Options)
		want string
	}{
		{"no MMU", func(o *qemu.Options) { o.CPU = "rv64,mmu=off" },
			`atoll: page tables\natoll: cannot boot: hart has no Sv39\n`},
		{"no memory behind the image", func(o *qemu.Options) { o.Mem, o.LoadAddr = "128M", 0x8760_0000 },
			`atoll: entered\natoll: cannot boot: trap 0x0{15}7 at pc 0x[0-9a-f]{16} address 0x0{8}88[0-9a-f]{6}\n.*16 MiB of memory`},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := machine(1)
			c.set(&o)
			if _, console := qemu.Run(t, o); !regexp.MustCompile(c.want).MatchString(console) {
				t.Errorf("nothing matches %q:\n%s", c.want, kernelPart(console))
			}
		})
	}
}

// TestS71BornTrap starts a hart whose first steps trap, on a machine that runs: the
// hart says so once and gives itself back, it is taken for dead, and the others go on.
// Sabotage: let bornTrap jump to giveUp, or to giveBack, instead of unborn.
func TestS71BornTrap(t *testing.T) {
	t.Parallel()
	o := machine(3)
	o.Debug = true
	g := qemu.Start(t, o)
	image := g.Expect(`^atoll: entered on hart \d, image at (0x[0-9a-f]+),`)
	g.Expect(`^@0 ready cores=3$`)
	base, err := strconv.ParseUint(image[1], 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	path, err := qemu.Image()
	if err != nil {
		t.Fatal(err)
	}
	build := address(t, strings.TrimSuffix(path, ".img")+".sym", "atoll/arch/shim.build") - layout.LinkBase
	g.ExpectText(`atoll> `)
	g.Send("stop 1\r")
	g.Expect(`^@0 stop core=1 `)
	stub := newOutsider(t, g)
	stub.check(stub.stub.Interrupt())
	stub.check(stub.stub.WritePhys(base+build, make([]byte, 4))) // no instruction
	stub.check(stub.stub.Continue())
	g.Send("start 1\r")
	g.Expect(`atoll: cannot boot: trap 0x0{15}2 at pc 0x0*` + strings.TrimPrefix(fmt.Sprintf("%#x", base+build), "0x") + ` `)
	g.Expect(`^\(this hart is given back\)`)
	g.Expect(`^start: core 1 died before it was up: fault$`)
	if n := strings.Count(g.Console(), "cannot boot: trap"); n != 1 {
		t.Errorf("the hart has been started %d times", n)
	}
	g.Send("ping 0 2 10; poweroff 6\r")
	g.Expect(`^@0 ping from=0 to=2 count=10 lost=0`)
	if status := g.Wait(); status != 6 {
		t.Errorf("status %d, want 6", status)
	}
}

// TestS71MissingMemory has a tree that tells of twice the memory there is: the cores
// whose memory is not there die as they are born, each once, and the others run.
// Sabotage: let bornTrap jump to giveUp instead of unborn.
func TestS71MissingMemory(t *testing.T) {
	t.Parallel()
	tree := fdtbuild.Virt(4, 2<<30)
	tree.Root.Find("chosen").Strings("bootargs", `run="cores; ping 0 1 10"`)
	o := machine(4)
	// Hart 0 boots then; a boot hart whose own memory is missing starts no other.
	o.Extra = append(o.Extra, "-accel", "tcg,thread=single")
	o.Mem, o.Tree = "1G", filepath.Join(t.TempDir(), "tree")
	if err := os.WriteFile(o.Tree, tree.Blob(), 0o666); err != nil {
		t.Fatal(err)
	}
	status, console := qemu.Run(t, o)
	if dead := qemu.Facts(console, "dead"); status != 0 || len(dead) != 2 || only(t, console, "ready").Int("cores") != 2 {
		t.Errorf("status %d, dead %v, want two of four\n%s", status, dead, kernelPart(console))
	}
}

// TestS71NoLegacyConsole has the first lines ask for a console call that no firmware
// has, as if there were no legacy calls: the debug console takes its place.
// Sabotage: leave the second ECALL out of sayByte.
func TestS71NoLegacyConsole(t *testing.T) {
	t.Parallel()
	o := machine(1)
	if o.Firmware = os.Getenv("ATOLL_FIRMWARE"); o.Firmware == "" {
		t.Skip("ATOLL_FIRMWARE is not set: no firmware with the debug console (OpenSBI 1.3 or later)")
	}
	const putchar, nothing = 0x00734885, 0x007348fd // c.li a7, 1 or 31, and half of the ecall
	o.Kernel = patched(t, "atoll/arch/shim.sayByte", putchar, nothing)
	g := qemu.Start(t, o)
	g.Expect(`^atoll: entered`)
	g.Expect(`^atoll: traps$`)
	g.Expect(`^atoll: Go runtime$`)
}

// TestS71Quiet leaves out what follows the reading of the boot arguments.
func TestS71Quiet(t *testing.T) {
	t.Parallel()
	o := machine(2)
	o.Append = "quiet"
	console := kernelPart(run(t, o, "cores"))
	if !strings.Contains(console, "atoll: device tree\n@") {
		t.Errorf("with quiet something stands between the device tree and the first core:\n%s", console)
	}
}

// loopAt returns an image in which an instruction jumps to itself: the first of a
// function, or the first behind it that is like the one given.
func loopAt(t *testing.T, symbol string, like uint32) string {
	t.Helper()
	return patched(t, symbol, like, jumpToItself)
}

// patched returns an image in which an instruction is another.
func patched(t *testing.T, symbol string, like, code uint32) string {
	t.Helper()
	path, err := qemu.Image()
	if err != nil {
		return "" // qemu.Start says so
	}
	image, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	at := address(t, strings.TrimSuffix(path, ".img")+".sym", symbol) - layout.LinkBase
	for n := uint64(0); like != 0 && binary.LittleEndian.Uint32(image[at:]) != like; n += 2 {
		if at += 2; n > 1<<10 {
			t.Fatalf("%s has no instruction %#x", symbol, like)
		}
	}
	binary.LittleEndian.PutUint32(image[at:], code)
	broken := filepath.Join(t.TempDir(), "broken.img")
	if err := os.WriteFile(broken, image, 0o666); err != nil {
		t.Fatal(err)
	}
	return broken
}

// address looks a symbol up in the image's table.
func address(t *testing.T, table, symbol string) uint64 {
	t.Helper()
	f, err := os.Open(table)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		hex, name, _ := strings.Cut(lines.Text(), " T ")
		if strings.TrimSuffix(name, ".abi0") == symbol {
			at, err := strconv.ParseUint(hex, 16, 64)
			if err != nil {
				t.Fatal(err)
			}
			return at
		}
	}
	t.Fatalf("%s has no symbol %s", table, symbol)
	return 0
}
