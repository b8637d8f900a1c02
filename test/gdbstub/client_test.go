package gdbstub

import (
	"bufio"
	"encoding/hex"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"atoll/boot/tools/qemurun"
	"atoll/test/qemu"
)

// TestMachine looks into a real machine: two harts, of which one runs a guest that
// only jumps to itself, and the other waits in the firmware. A machine that has run for
// long can be stopped as any other.
// Sabotage: let Interrupt set no deadline.
func TestMachine(t *testing.T) {
	image := filepath.Join(t.TempDir(), "loop.img")
	code := []byte{0x6f, 0, 0, 0, 'm', 'a', 'r', 'k'} // j .
	if err := os.WriteFile(image, code, 0o666); err != nil {
		t.Fatal(err)
	}
	g := qemu.Start(t, qemu.Options{Machine: qemurun.Machine{Kernel: image, Harts: 2, Mem: "128M"}, Debug: true})
	g.Expect(`^Boot HART MEDELEG`)
	c, err := Dial(g.GDB())
	if err != nil {
		t.Fatal(err)
	}
	checkHarts(t, c)
	b := make([]byte, 4096)
	if err := c.ReadPhys(0x8020_0000, b); err != nil || string(b[:8]) != string(code) {
		t.Errorf("memory %q, %v", b[:8], err)
	}
	if err := c.Continue(); err != nil {
		t.Error(err)
	}
	c.c.SetDeadline(time.Now()) // as if the machine had run for longer than timeout
	if err := c.Interrupt(); err != nil {
		t.Error(err)
	}
	if err := c.Close(); err != nil {
		t.Error(err)
	}
}

// checkHarts checks that the stub shows both harts and their registers.
func checkHarts(t *testing.T, c *Client) {
	t.Helper()
	threads, err := c.Threads()
	if err != nil || len(threads) != 2 {
		t.Fatalf("threads %v, %v", threads, err)
	}
	var harts []uint64
	for _, th := range threads {
		for _, name := range []string{"satp", "pc"} {
			if _, err := c.Register(th, name); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
		hart, err := c.Register(th, "mhartid")
		if err != nil {
			t.Error(err)
		}
		harts = append(harts, hart)
	}
	if slices.Sort(harts); !slices.Equal(harts, []uint64{0, 1}) {
		t.Errorf("harts %v", harts)
	}
}

// stub answers from a table; a missing entry is an empty answer, as in the protocol.
func stub(t *testing.T, answers map[string]string) net.Conn {
	l, err := net.Listen("unix", filepath.Join(t.TempDir(), "stub"))
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("unix", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	server, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		defer server.Close()
		r := bufio.NewReader(server)
		for {
			packet, err := r.ReadString('#')
			if err != nil {
				return
			}
			r.Discard(2)
			packet = strings.TrimSuffix(packet[strings.IndexByte(packet, '$')+1:], "#")
			answer, ok := answers[packet]
			if raw := answers["raw"]; raw != "" && !ok {
				fmt.Fprintf(server, "%s", raw)
				return
			}
			if packet == "qfThreadInfo" { // a stop may be reported at any time
				fmt.Fprintf(server, "$T02thread:01;#04")
			}
			fmt.Fprintf(server, "+$%s#%02x", answer, checksum(answer))
		}
	}()
	t.Cleanup(func() { client.Close() })
	return client
}

// good is what a stub of one hart answers.
func good() map[string]string {
	return map[string]string{
		"qSupported:xmlRegisters=riscv":         "PacketSize=1000;qXfer:features:read+",
		"qXfer:features:read:target.xml:0,400":  `m<target><xi:include href="csr.xml"/>`,
		"qXfer:features:read:target.xml:24,400": `l</target>`,
		"qXfer:features:read:csr.xml:0,400":     "l<feature><reg name=\"satp\" regnum=\"17\"/><reg name=\"}\x03\"/></feature>",
		"Qqemu.PhyMemMode:1":                    "OK",
		"qfThreadInfo":                          "m01",
		"qsThreadInfo":                          "l",
		"Hg01":                                  "OK",
		"p11":                                   "0100000000000080",
		"p12":                                   "02",
		"m80000000,4":                           hex.EncodeToString([]byte("four")),
		"m80000004,4":                           "E14",
		"m80000008,4":                           "00",
	}
}

func TestClient(t *testing.T) {
	c, err := New(stub(t, good()))
	if err != nil {
		t.Fatal(err)
	}
	threads, err := c.Threads()
	if err != nil || !slices.Equal(threads, []Thread{"01"}) {
		t.Errorf("threads %v, %v", threads, err)
	}
	if v, err := c.Register("01", "satp"); err != nil || v != 0x8000_0000_0000_0001 {
		t.Errorf("satp %#x, %v", v, err)
	}
	if v, err := c.Register("01", "#"); err != nil || v != 2 {
		t.Errorf("the register with the escaped name and no number: %#x, %v", v, err)
	}
	if _, err := c.Register("01", "none"); err == nil {
		t.Error("a register that does not exist was read")
	}
	if _, err := c.Register("02", "satp"); err == nil {
		t.Error("a register of a thread that does not exist was read")
	}
	b := make([]byte, 4)
	if err := c.ReadPhys(0x8000_0000, b); err != nil || string(b) != "four" {
		t.Errorf("memory %q, %v", b, err)
	}
	for _, pa := range []uint64{0x8000_0004, 0x8000_0008} {
		if err := c.ReadPhys(pa, b); err == nil {
			t.Errorf("memory at %#x was read", pa)
		}
	}
}

func TestBadStub(t *testing.T) {
	for _, c := range []struct{ name, packet, answer string }{
		{"no descriptions", "qSupported:xmlRegisters=riscv", "PacketSize=1000"},
		{"no target.xml", "qXfer:features:read:target.xml:0,400", ""},
		{"error for target.xml", "qXfer:features:read:target.xml:0,400", "E00"},
		{"endless document", "qXfer:features:read:target.xml:0,400", "m"},
		{"broken xml", "qXfer:features:read:csr.xml:0,400", "l<feature></target>"},
		{"include of itself", "qXfer:features:read:csr.xml:0,400", `l<a><xi:include href="csr.xml"/></a>`},
		{"no registers", "qXfer:features:read:csr.xml:0,400", "l<feature/>"},
		{"register number", "qXfer:features:read:csr.xml:0,400", `l<feature><reg name="satp" regnum="x"/></feature>`},
		{"no physical mode", "Qqemu.PhyMemMode:1", ""},
	} {
		answers := good()
		answers[c.packet] = c.answer
		if _, err := New(stub(t, answers)); err == nil {
			t.Errorf("%s: no error", c.name)
		}
	}
	for name, raw := range map[string]string{
		"checksum": "+$OK#00", "no packet": "+OK", "cut off": "+$OK#", "no acknowledgement": "-", "stray packet": "$OK#9a+$OK#9a", "nothing": "+",
	} {
		answers := good()
		delete(answers, "Qqemu.PhyMemMode:1")
		answers["raw"] = raw
		if _, err := New(stub(t, answers)); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
