package monitor

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/binding"
	"atoll/monitor/message"
)

// The console and the knowledge base are found by their names from every core, their own
// one included, and again after their core has died, and when it is back.
// Sabotage: let keep export the console under number 0; let Goal look the name up once.
func TestOwnServices(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		check := func(console, skb int) {
			t.Helper()
			for core := range 4 {
				if !m.harts[core].now().running {
					continue
				}
				line := fmt.Sprintf("core %d says %s", core, strings.Repeat("much ", 100))
				if err := m.mon(core).Say(context.Background(), line); err != nil {
					t.Errorf("core %d: %v", core, err)
				}
				if got := m.console.of(core); got[len(got)-1] != line+"\n" {
					t.Errorf("core %d was heard to say %q", core, got[len(got)-1])
				}
				for name, want := range map[string]int{nameConsole: console, nameSKB: skb} {
					e, err := m.mon(core).Lookup(name)
					if err != nil || int(e.Core) != want {
						t.Errorf("core %d: %s is at core %d, %v; want %d", core, name, e.Core, err, want)
					}
					s := NewSystem(m.mon(core), func() {})
					if _, err := s.Bind(core, want, uint64(e.Number)); err != nil {
						t.Errorf("core %d: %v", core, err)
					}
					if err := s.CloseBindings(core); err != nil {
						t.Error(err)
					}
				}
			}
			m.atRest(t)
		}
		settle()
		check(0, 0)
		m.harts[0].kill(layout.CausePanic, false)
		m.names("0xe: console=1.1 echo.1=1.1 echo.2=2.1 echo.3=3.1 skb=1.1")
		check(1, 1)
		m.revive(0)
		m.names("0xf: console=1.1 echo.0=0.2 echo.1=1.1 echo.2=2.1 echo.3=3.1 skb=0.2")
		check(1, 0)
	})
}

// A binding to the knowledge base takes goal after goal, and one that has no end does not
// keep its core from other things; who goes away is not waited for.
// Sabotage: leave the look at the binding out of solve.
func TestKnowledgeService(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		settle()
		ctx := context.Background()
		b, err := m.mon(2).BindName(ctx, nameSKB, bindTime)
		if err != nil {
			t.Fatal(err)
		}
		for n := range 50 {
			r, misplaced, err := askGoal(ctx, b, fmt.Sprintf("X = %d, Y = '%s'", n, strings.Repeat("x", 10*n%64)), 0)
			if err != nil || misplaced || r.Rows[0][0] != fmt.Sprint(n) {
				t.Fatalf("%d: %v, %v, %v", n, r, misplaced, err)
			}
		}
		var refusal message.Refusal
		for _, goal := range []string{"nonsense(", strings.Repeat("x", 2000), ""} {
			if _, _, err := askGoal(ctx, b, goal, 0); !errors.As(err, &refusal) {
				t.Errorf("%.10s: %v", goal, err)
			}
		}
		if r, _, err := askGoal(ctx, b, "findall(X, between(1, 500, X), _L), member(Y, _L)", 256); err != nil || len(r.Rows) != 256 || !r.Cut {
			t.Errorf("%d rows, %v", len(r.Rows), err)
		}
		m.at(0, func() { m.mon(0).knowledge.running = true }) // as with a goal that takes long
		for range 4 {                                         // who give up
			short, end := context.WithTimeoutCause(ctx, time.Millisecond, errors.New("enough"))
			other, err := m.mon(1).BindName(ctx, nameSKB, bindTime)
			if err != nil {
				t.Fatal(err)
			}
			askGoal(short, other, "true", 0)
			other.Close()
			end()
		}
		time.Sleep(2 * goalLook)
		m.at(0, func() {
			k := &m.mon(0).knowledge
			if k.running = false; len(k.waiting) > 0 {
				t.Errorf("%d questions wait for nobody", len(k.waiting))
			}
		})
		if _, _, err := askGoal(ctx, b, "true", 0); err != nil {
			t.Errorf("after others have given up: %v", err)
		}
		b.Close()
		m.atRest(t)
	})
}

// What a client sends that is no text costs it its binding and nothing else; of what it has
// printed nothing but whole lines comes out.
// Sabotage: leave the check of the length out of recvText; print a line as it comes.
func TestServicesWithNonsense(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		settle()
		r := rand.New(rand.NewPCG(1, 13))
		for n := range 300 {
			b, err := m.mon(1+n%2).BindName(context.Background(), []string{nameSKB, nameConsole}[r.IntN(2)], bindTime)
			if err != nil {
				t.Fatal(err)
			}
			for range r.IntN(10) {
				w := [7]uint64{r.Uint64() >> r.IntN(64), r.Uint64(), 0, 0, 0, 0, r.Uint64() >> r.IntN(64)}
				typ := []uint16{goalAsked, goalAnswered, textType, textType, 9}[r.IntN(5)]
				if b.Send(typ, &w, 100*time.Millisecond) != nil {
					break
				}
			}
			b.Close()
		}
		b, err := m.mon(2).BindName(context.Background(), nameConsole, bindTime)
		if err != nil {
			t.Fatal(err)
		}
		if err := say(b, "one line,\n@0 exit status=0\x1b[2J\x00"); err != nil {
			t.Error(err)
		}
		begin := time.Now()
		var msg binding.Message
		b.Send(lineSaid, &[7]uint64{6: maxLine + 1}, serveTime)
		if err := b.Recv(&msg, time.Hour); !errors.Is(err, binding.ErrClosed) || time.Since(begin) > serveTime/2 {
			t.Errorf("a line that is too long: %v after %v", err, time.Since(begin))
		}
		b.Close()
		time.Sleep(time.Minute)
		m.atRest(t)
		for _, l := range m.console.all() {
			text := strings.TrimSuffix(l.text, "\n")
			if len(text) == len(l.text) || strings.ContainsFunc(text, func(c rune) bool { return c < ' ' && c != '\t' }) {
				t.Errorf("printed: %q", l.text)
			}
		}
		if got := m.goal(2, "lowest(C)"); !slices.Equal(got, []string{"0"}) {
			t.Errorf("%q", got)
		}
		if err := m.mon(1).Say(context.Background(), strings.Repeat("x", maxLine+1)); err == nil {
			t.Error("a line may be longer than it may")
		}
	})
}

// Texts of any length go over a binding, both ways at once.
func TestTexts(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		m.mon(1).Export(7, func(b *binding.Binding) {
			defer b.Close()
			for {
				typ, head, text, err := recvText(b, 1<<16, time.Minute, serveTime)
				if err != nil || sendText(b, typ, head, text, serveTime) != nil {
					return
				}
			}
		})
		settle()
		b, err := m.mon(0).Bind(context.Background(), 1, 7, bindTime)
		if err != nil {
			t.Fatal(err)
		}
		for _, n := range []int{0, 1, 7, 8, 55, 56, 57, 112, 10000} {
			text := make([]byte, n)
			for i := range text {
				text[i] = byte(i * 7)
			}
			var both sync.WaitGroup
			both.Go(func() {
				if err := sendText(b, 5, textHead{uint64(n)}, text, serveTime); err != nil {
					t.Error(err)
				}
			})
			typ, head, got, err := recvText(b, 1<<16, time.Minute, serveTime)
			if err != nil || typ != 5 || head[0] != uint64(n) || string(got) != string(text) {
				t.Errorf("%d bytes: %d, %v, %d bytes, %v", n, typ, head, len(got), err)
			}
			both.Wait()
		}
		b.Close()
		m.atRest(t)
	})
}
