package monitor

import (
	"errors"
	"testing"
	"time"
)

// pipe is a source that gives a few bytes at a time.
type pipe struct {
	reads int
	fail  error
}

func (p *pipe) Read(time.Duration) ([]byte, error) {
	p.reads++
	return []byte{byte(p.reads), 2, 3, 4, 5}, p.fail
}

// Every member gets a seed of its own, once in each of its lives, from the core that has a
// source; the next core with one gives others.
// Sabotage: forget given; send the same seed to all; leave keepSeeds out of the event loop.
func TestSeeds(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		source := &pipe{}
		m.mon(1).do(func() { m.mon(1).seedFrom(source) })
		time.Sleep(time.Second)
		settle()
		seen := map[[8]uint32]bool{}
		for core := range 3 {
			h := m.harts[core]
			if len(h.stirred) != 1 || seen[h.stirred[0]] {
				t.Errorf("core %d has %d seeds", core, len(h.stirred))
				continue
			}
			seen[h.stirred[0]] = true
		}
		if source.reads != 3*7 {
			t.Errorf("%d reads", source.reads)
		}
		broken := &pipe{fail: errors.New("it is broken")}
		m.mon(2).do(func() { m.mon(2).seedFrom(broken) })
		time.Sleep(time.Second)
		settle()
		if broken.reads != 1 || len(m.harts[0].stirred) != 1 {
			t.Errorf("a broken source is read %d times", broken.reads)
		}
	})
}
