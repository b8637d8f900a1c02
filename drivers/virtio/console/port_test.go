package console

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"atoll/drivers/reg/regtest"
	"atoll/drivers/virtio"
	"atoll/drivers/virtio/virtiotest"
)

// open makes a console of each version that keeps what it is sent.
func open(t *testing.T, test func(t *testing.T, f *virtiotest.Device, got *bytes.Buffer, p *Port)) {
	for _, legacy := range []bool{true, false} {
		f, w := virtiotest.New(virtio.Console, legacy, t.Errorf)
		got := &bytes.Buffer{}
		f.Serve = func(queue uint32, c *virtiotest.Chain) uint32 {
			if queue != 1 || len(c.Write) != 0 {
				t.Errorf("a chain in queue %d with %d parts to write", queue, len(c.Write))
			}
			got.Write(bytes.Join(c.Read, nil))
			return 0
		}
		dev, err := virtio.Probe(regtest.New(f))
		if err != nil {
			t.Fatal(err)
		}
		p, err := New(dev, w)
		if err != nil {
			t.Fatal(err)
		}
		test(t, f, got, p)
	}
}

// All that is written arrives, in order, however often the queue goes round.
// Sabotage: leave collect out of Write; send MaxText bytes always.
func TestWrite(t *testing.T) {
	open(t, func(t *testing.T, f *virtiotest.Device, got *bytes.Buffer, p *Port) {
		want := ""
		for n := range 1000 {
			line := fmt.Sprintf("line %d %s\n", n, strings.Repeat("x", n%900))
			if want += line; !p.Write([]byte(line)) {
				t.Fatalf("line %d is dropped", n)
			}
		}
		if got.String() != want {
			t.Errorf("%d bytes of %d", got.Len(), len(want))
		}
		for _, bad := range [][]byte{nil, make([]byte, MaxText+1)} {
			if p.Write(bad) {
				t.Errorf("%d bytes are sent", len(bad))
			}
		}
	})
}

// A device that takes nothing costs what has no room; it is never waited for, and when it
// goes on so does the rest.
// Sabotage: give a buffer back when it is submitted.
func TestSlow(t *testing.T) {
	open(t, func(t *testing.T, f *virtiotest.Device, got *bytes.Buffer, p *Port) {
		f.Lazy = true
		for n := range buffers + 5 {
			if sent := p.Write([]byte{byte('a' + n)}); sent != (n < buffers) {
				t.Errorf("text %d: sent %v", n, sent)
			}
		}
		f.Work(1, -1)
		if got.String() != "abcdefghijklmnop" || !p.Write([]byte("z")) {
			t.Errorf("%q", got)
		}
	})
}

// A device that lies is not used again, and nothing panics.
// Sabotage: leave fault out of collect.
func TestLies(t *testing.T) {
	open(t, func(t *testing.T, f *virtiotest.Device, got *bytes.Buffer, p *Port) {
		f.Lie = func(id, _ *uint32) uint16 { *id = 77; return 1 }
		p.Write([]byte("a"))
		if p.Write([]byte("b")) || p.Write([]byte("c")) || got.String() != "a" || f.Status != 0 {
			t.Errorf("%q is sent, status %#x", got, f.Status)
		}
	})
}
