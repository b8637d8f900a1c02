package monitor

import (
	"context"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/monitor/console"
)

// simScreen is a person's terminal.
type simScreen struct {
	mu    sync.Mutex
	shown strings.Builder
	typed func([]byte)
	ahead int    // keys that were typed behind a full stop
	back  string // what has been returned
}

func (s *simScreen) Write(b []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.Write(b)
}

func (s *simScreen) Keys(typed func([]byte)) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.typed = typed
}

func (s *simScreen) Return(unread []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.back += string(unread)
}

// press types a text, which nobody takes before a program has begun.
func (s *simScreen) press(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.typed != nil {
		s.typed([]byte(text))
		if text == "b" {
			s.ahead++
		}
	}
}

func (s *simScreen) text() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.shown.String()
}

// A program of another core has the terminal: it gets what is typed, all of it and in order, and shows
// what it writes; in the end the terminal is nobody's, and what the program has not read is back. Nobody else shows anything there, or types.
// Sabotages: in pieces, send the first only; in show, or in
// typeText, leave out who it is; in returnKeys, keep the terminal, or return nothing; in
// pieces, return nothing that was refused.
func TestFarTerminal(t *testing.T) {
	c, _ := withPrograms(3)
	simulate(t, c, func(t *testing.T, m *machine) {
		for _, core := range []int{1, 2} {
			screen := &simScreen{}
			long := strings.Repeat("0123456789", 30)
			go func() {
				for screen.text() == "" {
					screen.press("a")
					time.Sleep(10 * time.Millisecond)
				}
				screen.press(long)
				screen.press("!")
				settle()
				m.mon(core).wait(func() {
					for key := range m.mon(core).programs.far {
						if _, err := m.mon(core).typeText(client{core: 3 - core}, terminalText{Terminal: key.number, Count: 1}); err == nil {
							t.Error("another core types")
						}
					}
				})
				var lent []uint32
				m.mon(0).wait(func() { lent = slices.Collect(maps.Keys(m.mon(0).programs.lent)) })
				for _, number := range lent {
					if _, err := m.mon(3-core).pieces(context.Background(), 0, askShow, number, []byte("alien")); err == nil {
						t.Error("another core shows something")
					}
				}
				screen.press(".")
				for range 3000 {
					screen.press("b")
				}
			}()
			end, err := NewSystem(m.mon(0), func() {}).Run(core, console.Program{Args: []string{"echo"}, Terminal: screen})
			if err != nil || end.Status != 0 {
				t.Errorf("%+v, %v", end, err)
			}
			shown := strings.TrimLeft(screen.text(), "a")
			if strings.Count(shown, "0123456789") != 60 || strings.Count(shown, "!") != 2 || strings.Contains(shown, "alien") {
				t.Errorf("the screen shows %q", shown)
			}
			if screen.ahead == 0 || screen.back != strings.Repeat("b", screen.ahead) {
				t.Errorf("of %d keys %d are back: %q", screen.ahead, len(screen.back), screen.back)
			}
			if screen.typed != nil || len(m.mon(0).programs.lent) != 0 || len(m.mon(core).programs.far) != 0 {
				t.Error("the terminal is somebody's in the end")
			}
		}
		if _, err := ask(context.Background(), m.mon(1), 0, askType, askTime, terminalText{Count: 1}); err == nil {
			t.Error("somebody types to a program that there is not")
		}
	})
}
