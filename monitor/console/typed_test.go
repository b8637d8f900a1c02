package console

import (
	"slices"
	"strings"
	"sync"
	"testing"
)

// heard keeps what a console tells of what was typed ahead.
type heard struct {
	mu   sync.Mutex
	list []string
}

func (h *heard) tell(b []byte) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.list = append(h.list, string(b))
}

func (h *heard) last() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	if len(h.list) == 0 {
		return ""
	}
	return h.list[len(h.list)-1]
}

// What was typed ahead of a command is told before that begins, without what has begun; a
// console that goes on with it runs it, and tells that it does.
// Sabotage: leave tell out of run, or out of fetch; let Read return all that is ahead; let
// typeAhead forget what others know.
func TestTypedAhead(t *testing.T) {
	h := &heard{}
	when := map[string]string{}
	note := func(name string) *Command {
		return &Command{Name: name, Summary: "note what others know", Run: func(c *Call) error {
			when[name] = h.last()
			return nil
		}}
	}
	l := &fakeLine{steps: []any{"one; two\rthree\rfour\r", "five"}}
	c := New(newFake(2), l, note("one"), note("two"), note("three"), note("four"))
	c.OnTyped = h.tell
	c.Run()
	if when["one"] != "three\rfour\r" && when["one"] != "three\rfour\rfive" || !strings.HasPrefix(when["three"], "four\r") || strings.Contains(when["four"], "\r") {
		t.Errorf("others knew %q", when)
	}

	h = &heard{}
	when = map[string]string{}
	c = New(newFake(2), &fakeLine{}, note("three"), note("four"))
	c.OnTyped = h.tell
	c.TypeAhead("three\rfour\r")
	c.Run()
	if want := []string{"four\r", ""}; !slices.Equal(h.list, want) || when["three"] != "four\r" {
		t.Errorf("the successor tells %q, and three began when others knew %q", h.list, when["three"])
	}
	h = &heard{}
	c = New(newFake(2), &fakeLine{}, note("three"))
	c.OnTyped = h.tell
	c.TypeAhead("three\r")
	c.Run()
	if want := []string{""}; !slices.Equal(h.list, want) {
		t.Errorf("of the last line the successor tells %q", h.list)
	}
}
