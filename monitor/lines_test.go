package monitor

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/monitor/ump"
)

// cut is what becomes of a text: lines of at most maxLine bytes, newline
// included, and a rest.
func cut(text string) (lines []string, rest string) {
	for {
		end := strings.IndexByte(text, '\n')
		switch {
		case end >= 0 && end < maxLine:
			lines, text = append(lines, text[:end+1]), text[end+1:]
		case len(text) >= maxLine:
			lines, text = append(lines, text[:maxLine-1]+"\n"), text[maxLine-1:]
		default:
			return lines, text
		}
	}
}

// randomText returns lines of all lengths, many about maxLine.
func randomText(r *rand.Rand, lines int) string {
	var b strings.Builder
	for i := range lines {
		n := r.IntN(60)
		if r.IntN(5) == 0 {
			n = max(r.IntN(4)*(maxLine-1)-5+r.IntN(8), 0) // with its number, on both sides of a cut
		}
		fmt.Fprintf(&b, "%d %s\n", i, bytes.Repeat([]byte{byte('a' + i%26)}, n))
	}
	return b.String()
}

// writeParts writes a text in pieces of random lengths.
func writeParts(r *rand.Rand, text string, write func([]byte)) {
	for len(text) > 0 {
		n := min(1+r.IntN(1<<r.IntN(13)), len(text))
		write([]byte(text[:n]))
		text = text[n:]
	}
}

// Lines are cut where they must be and nowhere else, however they come.
// Sabotage: in any comparison of pump, be off by one.
func TestCutLines(t *testing.T) {
	for seed := range uint64(30) {
		r := rand.New(rand.NewPCG(seed, 1))
		text := randomText(r, 40) + "rest"
		m := newMachine(t, config{cores: 1, real: true})
		l := &m.mon(0).lines
		h := m.harts[0]
		writeParts(r, text, func(b []byte) {
			h.output = append(h.output, b...)
			for l.pump(); l.more; l.pump() {
			}
		})
		want, rest := cut(text)
		if got := m.console.of(0); !slices.Equal(got, want) || string(h.output) != rest {
			t.Fatalf("seed %d: %d lines and rest %q, not %d and %q", seed, len(got), h.output, len(want), rest)
		}
	}
}

// Lines of all cores come whole and in order, however they are written.
// Sabotage: let take give core 0's console what it has of a line; give all peers
// one lineAssembler.
func TestLinesOfAllCores(t *testing.T) {
	simulate(t, config{cores: 5, boot: 2}, func(t *testing.T, m *machine) {
		var wg sync.WaitGroup
		want := make([][]string, 5)
		for i, h := range m.harts {
			r := rand.New(rand.NewPCG(7, uint64(i)))
			text := randomText(r, 60)
			want[i], _ = cut(text)
			wg.Go(func() {
				writeParts(r, text, func(b []byte) { h.Write(b) })
			})
		}
		wg.Wait()
		time.Sleep(time.Second)
		for i := range m.harts {
			got := m.console.of(i)[1:] // behind "up"
			if i == 0 {
				got = got[1:] // and "ready"
			}
			if !slices.Equal(got, want[i]) {
				t.Errorf("core %d: %d lines, not %d", i, len(got), len(want[i]))
			}
		}
	})
}

// A core that writes faster than core 0 reads waits, at bounded cost, and all of
// it comes in the end although the writer says nothing more.
// Sabotage: leave the look at the outbox out of pump, or the pump out of turn.
func TestOutputFasterThanTheChannel(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		resume := m.harts[0].freeze()
		line := append(bytes.Repeat([]byte("x"), 99), '\n')
		// So many that the writer itself has to wait.
		const lines = 3 * outputBytes / 100
		go func() {
			for range lines {
				m.harts[1].Write(line)
			}
		}()
		time.Sleep(time.Minute)
		m.peek(func() {
			if n, left := len(m.mon(1).peers[0].outbox), len(m.harts[1].output); n > maxLine/48+1 || left < outputBytes/2 {
				t.Errorf("%d messages wait, and %d bytes behind them", n, left)
			}
		})
		if err := func() error { resume(); return askReport(m, 0, 1) }(); err != nil {
			t.Error(err)
		}
		time.Sleep(time.Minute)
		// A core that stands still for a minute is suspected, and comes back.
		got := slices.DeleteFunc(m.console.of(1), func(s string) bool { return strings.HasPrefix(s, "@1 ") && s != "@1 up\n" })
		if len(got) != lines+1 || got[lines] != string(line) {
			t.Errorf("%d lines of %d came", len(got)-1, lines)
		}
		if d := m.dropped(1); d != 0 {
			t.Errorf("%d were dropped", d)
		}
	})
}

// What the monitor itself has to say is a line of its own, also while the
// instance is in the middle of one.
// Sabotage: let printf hand its text to write.
func TestOwnLinesStandAlone(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		for _, core := range []int{0, 1} {
			fmt.Fprint(m.harts[core], "half a li")
		}
		time.Sleep(time.Second)
		m.scribble(2, 0, func(f *ump.Frame, end int) { f.Line[end].Link = 1 << 32 })
		m.scribble(2, 1, func(f *ump.Frame, end int) { f.Line[end].Link = 1 << 32 })
		time.Sleep(time.Second)
		for _, core := range []int{0, 1} {
			fmt.Fprint(m.harts[core], "ne\n")
			time.Sleep(time.Second)
			got := m.console.of(core)
			want := []string{fmt.Sprintf("@%d channel-lost core=2\n", core), fmt.Sprintf("core %d gives up its channel to core 2: core 2 closed its end\n", core), "half a line\n"}
			if got = got[len(got)-3:]; !slices.Equal(got, want) {
				t.Errorf("core %d says %q", core, got)
			}
		}
	})
}

// A piece has no more text than there is room for, whatever count the other end claims.
// Sabotage: leave the min out of text.
func TestPieceText(t *testing.T) {
	for count := range 256 {
		p := lineMessage{Count: uint8(count)}
		for i := range p.Text {
			p.Text[i] = uint8('a' + i)
		}
		if got := p.text(); len(got) != min(count, 48) || string(got) != string(p.Text[:len(got)]) {
			t.Errorf("%q for a count of %d", got, count)
		}
	}
}
