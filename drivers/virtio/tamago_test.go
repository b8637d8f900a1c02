package virtio

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"atoll/drivers/virtio/virtiotest"
)

// buildTamago builds testdata/tamago beside tamago's own queue and memory for it. As
// published they are for tamago's runtime: one function of it is replaced, and a constant
// of a file that needs x86 is supplied.
func buildTamago(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/usbarmory/tamago").Output()
	from := strings.TrimSpace(string(out))
	if err != nil || from == "" {
		t.Skip("the module github.com/usbarmory/tamago is not there: go mod download")
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, name)), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	read := func(name string) string {
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	for _, name := range []string{"block.go", "dma.go", "region.go"} {
		text := strings.Replace(read(filepath.Join(from, "dma", name)), "runtime.MemRegion()", "uint64(0), uint64(0)", 1)
		write("dma/"+name, strings.Replace(text, "\t\"runtime\"\n", "", 1))
	}
	write("virtio/queue.go", strings.Replace(read(filepath.Join(from, "kvm/virtio/queue.go")), "github.com/usbarmory/tamago/dma", "differential/dma", 1))
	write("virtio/page.go", "package virtio\n\nconst pageSize = 4096\n")
	write("go.mod", "module differential\n\ngo 1.26\n")
	write("main.go", read("testdata/tamago/main.go"))
	build := exec.Command("go", "build", "-o", "differential", ".")
	build.Dir = dir
	build.Env = append(os.Environ(), "GOFLAGS=-buildvcs=false", "GOWORK=off")
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return filepath.Join(dir, "differential")
}

// A second implementation, tamago's, has the same in its descriptors and its available ring
// as ours after every step, and takes the same out of the used ring, whatever the order and the
// lengths in which the device gives buffers back. It knows chains of one descriptor only.
// Sabotage: let layOut push the unused descriptors in the other order; take A9's entry of
// nUsed+1; forget the length in Submit.
func TestTamago(t *testing.T) {
	const size, length = 8, 64
	program := buildTamago(t)
	f, w := virtiotest.New(Entropy, false, t.Errorf)
	f.Lazy = true
	_, q := open(t, f, w, size)
	buffers, err := w.Take(size*length, 64)
	if err != nil {
		t.Fatal(err)
	}
	var script, want bytes.Buffer
	place := map[uint16]int{} // which buffer a chain has
	show := func() {
		for i := range size {
			e := q.desc.Bytes[16*i:]
			fmt.Fprintf(&want, "%d:%d,%d ", binary.LittleEndian.Uint64(e)-buffers.Addr, binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint16(e[12:]))
		}
		fmt.Fprintf(&want, "%x\n", q.avail.Bytes[:4+2*size])
	}
	submit := func(i int) {
		head, err := q.Submit(Segment{buffers.Addr + uint64(i*length), length, true})
		if err != nil {
			t.Fatal(err)
		}
		place[head] = i
	}
	for i := range size {
		submit(i)
	}
	show()
	r := rand.New(rand.NewPCG(5, 6))
	var text string
	f.Serve = func(_ uint32, c *virtiotest.Chain) uint32 {
		n := copy(c.Write[0], text)
		fmt.Fprintf(&script, "use %d %d %s\n", c.Head, n, text)
		return uint32(n)
	}
	for step := range 10_000 {
		for range r.IntN(size) {
			text = fmt.Sprint("step-", step, "-", strings.Repeat("x", r.IntN(40)))
			f.Work(0, 1)
		}
		for range 1 + r.IntN(size) {
			script.WriteString("pop\n")
			head, n, ok, err := q.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				want.WriteString("\"\" <nil> ")
				show()
				continue
			}
			i := place[head]
			fmt.Fprintf(&want, "%q <nil> ", buffers.Bytes[i*length:][:n])
			submit(i)
			show()
		}
	}
	cmd := exec.Command(program)
	cmd.Stdin = &script
	got, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	ours, theirs := strings.Split(want.String(), "\n"), strings.Split(string(got), "\n")
	for i := range min(len(ours), len(theirs)) {
		if ours[i] != theirs[i] {
			t.Fatalf("step %d:\nours   %s\ntamago %s", i, ours[i], theirs[i])
		}
	}
	if len(ours) != len(theirs) {
		t.Errorf("%d steps, tamago has %d", len(ours), len(theirs))
	}
}
