package uart_test

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/boot/tools/qemurun"
	"atoll/test/qemu"
)

// TestChipsInQEMU drives QEMU's chips by interrupts, with testdata/echo, and
// pastes more than any buffer on the way holds.
func TestChipsInQEMU(t *testing.T) {
	kernel := echoImage(t)
	icicle, err := qemurun.Board("icicle")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range []struct {
		name, chip string
		machine    qemurun.Machine
	}{
		{"16550", "ns16550a", qemurun.Machine{Harts: 2, Mem: "256M"}},
		{"MMUART", "microchip,mpfs-uart", icicle},
		{"SiFive", "sifive,uart0", qemurun.Machine{Type: "sifive_u", Harts: 3, Mem: "256M"}},
	} {
		t.Run(m.name, func(t *testing.T) {
			m.machine.Kernel, m.machine.Console = kernel, qemurun.Stdio
			m.machine.Semihosting = true
			g := qemu.Start(t, qemu.Options{Machine: m.machine})
			g.Expect("^ready " + m.chip + "$")
			text := paste()
			g.Send(text + "quit\n")
			g.Expect(fmt.Sprintf("^received=%d interrupts=[1-9].*Overruns:0 Bad:0 Breaks:0 Busy:0 Spurious:.* Stuck:0", len(text)+len("quit\n")))
			if status := g.Wait(); status != 0 {
				t.Errorf("status %d", status)
			}
			if !strings.Contains(g.Console(), strings.ToUpper(text)) {
				t.Error("the echo is not what was typed")
			}
		})
	}
}

// paste returns 4000 bytes in lines of different lengths.
func paste() string {
	var b bytes.Buffer
	for i := 0; b.Len() < 4000; i++ {
		fmt.Fprintf(&b, "%d %s\n", i, strings.Repeat("abcdefg ", i%23))
	}
	return b.String()
}

// echoImage builds testdata/echo as a kernel and returns the path of the image.
func echoImage(t *testing.T) string {
	t.Helper()
	if _, err := qemurun.FindQEMU(); err != nil && os.Getenv("ATOLL_REQUIRE_QEMU") == "" {
		t.Skip(err)
	}
	dir := t.TempDir()
	program, kernel := filepath.Join(dir, "echo.elf"), filepath.Join(dir, "echo.img")
	run(t, nil, "run", "atoll/boot/tools/overlay", "-out", dir)
	run(t, []string{"GOOS=linux", "GOARCH=riscv64", "GORISCV64=rva20u64", "CGO_ENABLED=0"},
		"build", "-trimpath", "-buildvcs=false", "-overlay", filepath.Join(dir, "overlay.json"),
		"-ldflags", "-T 0x2000001000 -E atollEntry -buildid= -B none", "-o", program, "./testdata/echo")
	run(t, nil, "run", "atoll/boot/tools/image", "-o", kernel, program)
	return kernel
}

// run runs the go command.
func run(t *testing.T, env []string, args ...string) {
	t.Helper()
	cmd := exec.Command("go", args...)
	cmd.Env = append(os.Environ(), env...)
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, out)
	}
}
