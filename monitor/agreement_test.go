package monitor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/agree"
	"atoll/monitor/message"
	"atoll/monitor/replica"
	"atoll/monitor/route"
)

// registered returns the table of a core as text, by that core itself.
func (m *machine) registered(core int) string {
	head, list, err := askStream(context.Background(), m.mon(core), core, askNames, askTime, message.None{})
	if err != nil {
		m.t.Error(err)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%#x:", head.Members)
	for _, r := range list {
		fmt.Fprintf(&b, " %v=%d.%d", replica.Name(r.Name), r.Core, r.Incarnation)
	}
	return b.String()
}

// names waits until the living cores have the same table and it is as wanted.
func (m *machine) names(want string) {
	m.t.Helper()
	for range 100 {
		time.Sleep(100 * time.Millisecond)
		same := true
		for core := range m.harts {
			same = same && (!m.harts[core].now().running || m.registered(core) == want)
		}
		if same {
			return
		}
	}
	for core := range m.harts {
		if m.harts[core].now().running {
			m.t.Errorf("core %d has %s\nwant %s", core, m.registered(core), want)
		}
	}
}

// put has a core register a service that only has a name.
func (m *machine) put(core int, name string) error {
	n, err := replica.NameOf(name)
	if err != nil {
		return err
	}
	return m.mon(core).Operate(context.Background(), nameTime, &Operation{replica.Put, true, replica.PutData(n, 9)})
}

// All cores export what is theirs, and what a dead one had goes: its successor has the
// console and the knowledge base, and a new life exports anew, and has the knowledge base
// again as the lowest core. By unicast and by a tree.
// Sabotage: leave partAgreement out of bury; let keepNames take nothing back.
func TestNames(t *testing.T) {
	for _, s := range []route.Strategy{route.Unicast, route.TwoLevel} {
		simulate(t, config{cores: 5}, func(t *testing.T, m *machine) {
			m.choose(s, 0, 1, 2, 3, 4)
			m.names("0x1f: console=0.1 echo.0=0.1 echo.1=1.1 echo.2=2.1 echo.3=3.1 echo.4=4.1 skb=0.1")
			m.harts[3].kill(layout.CausePanic, false)
			m.names("0x17: console=0.1 echo.0=0.1 echo.1=1.1 echo.2=2.1 echo.4=4.1 skb=0.1")
			m.harts[0].kill(layout.CausePanic, true)
			m.names("0x16: console=1.1 echo.1=1.1 echo.2=2.1 echo.4=4.1 skb=1.1")
			for _, core := range []int{3, 0} {
				if err := m.mon(1).StartCore(core); err != nil {
					t.Fatal(err)
				}
			}
			m.names("0x1f: console=1.1 echo.0=0.2 echo.1=1.1 echo.2=2.1 echo.3=3.2 echo.4=4.1 skb=0.2")
		})
	}
}

// A name is one core's at most, also when two want it at the same time; its owner alone
// takes it back, and then another may have it.
// Sabotage: begin Put in one phase; let refusal say nothing of ErrExists.
func TestNameConflicts(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		settle()
		results := make(chan error, 4)
		for core := range 4 {
			go func() { results <- m.put(core, "one") }()
		}
		got := 0
		for range 4 {
			switch err := <-results; {
			case err == nil:
				got++
			case !errors.Is(err, ErrExists) && !errors.Is(err, ErrConflict):
				t.Error(err)
			}
		}
		if got > 1 {
			t.Errorf("%d cores have one name", got)
		}
		if got == 0 && m.put(2, "one") != nil {
			t.Error("nobody wants the name, and it cannot be had")
		}
		if err := m.put(1, "one"); !errors.Is(err, ErrExists) {
			t.Errorf("a name that is taken: %v", err)
		}
		e, err := m.mon(3).Lookup("one")
		if err != nil {
			t.Fatal(err)
		}
		ctx := context.Background()
		if err := m.mon((int(e.Core)+1)%4).Withdraw(ctx, "one"); !errors.Is(err, ErrNotOurs) {
			t.Errorf("another's name is taken back: %v", err)
		}
		if err := m.mon(int(e.Core)).Withdraw(ctx, "one"); err != nil {
			t.Error(err)
		}
		if err := m.put(1, "one"); err != nil {
			t.Errorf("a name that was given back: %v", err)
		}
		if _, err := m.mon(0).Lookup("two"); err == nil {
			t.Error("a name that nobody has is found")
		}
		b, err := m.mon(0).BindName(ctx, "echo.2", bindTime)
		if err != nil || b.Core != 2 {
			t.Fatalf("%v, %v", b, err)
		}
		b.Close()
	})
}

// Whoever waits for an operation has an answer within its bound, when a core is a zombie,
// and that core goes on where it was when it is back: what was begun is done.
// Sabotage: leave the timer out of Operate; let sendAgreement use reach.
func TestOperationWithAZombie(t *testing.T) {
	for _, strategy := range []route.Strategy{route.Unicast, route.TwoLevel} {
		simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
			m.choose(strategy, 0, 1, 2)
			settle()
			thaw := m.harts[2].freeze()
			for i := range 2 {
				start := time.Now()
				n, _ := replica.NameOf(fmt.Sprint("slow", i))
				err := m.mon(i).Operate(context.Background(), 5*time.Second, &Operation{replica.Put, true, replica.PutData(n, 9)})
				if d := time.Since(start); !errors.Is(err, ErrUndecided) || d > 6*time.Second {
					t.Errorf("after %v: %v", d, err)
				}
			}
			m.mon(0).awaitLife(context.Background(), 2, time.Minute, func(l Life) bool { return l.State == Zombie })
			time.Sleep(2 * multicastTime)
			thaw()
			m.names("0x7: console=0.1 echo.0=0.1 echo.1=1.1 echo.2=2.1 skb=0.1 slow0=0.1 slow1=1.1")
			m.harts[1].kill(layout.CausePanic, false)
			m.names("0x5: console=0.1 echo.0=0.1 echo.2=2.1 skb=0.1 slow0=0.1")
		})
	}
}

// A core whose hart runs may live again, but one that has never lived does not.
// Sabotage: let mayLiveAgain not look at life, or say false.
func TestMayLiveAgain(t *testing.T) {
	simulate(t, config{cores: 3, silent: map[int]bool{2: true}}, func(t *testing.T, m *machine) {
		m.harts[1].kill(layout.CausePanic, false)
		settle()
		m.at(0, func() {
			if mon := m.mon(0); mon.mayLiveAgain(1, 1) || mon.mayLiveAgain(2, 0) || !mon.mayLiveAgain(2, 1) {
				t.Error("a dead core may live, or one that runs may not")
			}
		})
		if got := m.registered(0); got != "0x1: console=0.1 echo.0=0.1 skb=0.1" {
			t.Errorf("alone: %s", got)
		}
	})
}

// By a tree nothing in one phase begins that might overtake a decision.
// Sabotage: let multicastAgreement count no decision.
func TestNothingOvertakesADecision(t *testing.T) {
	simulate(t, config{cores: 5}, func(t *testing.T, m *machine) {
		m.choose(route.TwoLevel, 0, 1, 2, 3, 4)
		settle()
		name, _ := replica.NameOf("short")
		early := errors.New("nothing was decided")
		m.at(0, func() {
			mon := m.mon(0)
			mon.beginOperation(&Operation{replica.Put, true, replica.PutData(name, 9)}, func(what agree.EventKind, _ bool) {
				if what == agree.Decided {
					early = mon.beginOperation(&Operation{replica.Delete, false, replica.DeleteData(name)}, func(agree.EventKind, bool) {})
				}
			})
		})
		settle()
		m.peek(func() {
			if !errors.Is(early, errOvertakes) {
				t.Errorf("a Delete may begin before its Put is everywhere: %v", early)
			}
		})
		if err := m.mon(0).Withdraw(context.Background(), "short"); err != nil {
			t.Error(err)
		}
	})
}

// Who cannot begin yet, because too much is on its way or the view is changing, waits and
// then goes on.
// Sabotage: leave goOn out of turn.
func TestOperateWaits(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		settle()
		results := make(chan error, 2*agreeWindow)
		many := func() {
			for range 2 * agreeWindow {
				go func() {
					results <- m.mon(1).Operate(context.Background(), nameTime, &Operation{opNothing, true, [agree.Words]uint64{}})
				}()
			}
			for range 2 * agreeWindow {
				if err := <-results; err != nil {
					t.Error(err)
				}
			}
		}
		many()
		m.harts[3].kill(layout.CausePanic, false)
		many()
		m.at(1, func() {
			if n := len(m.mon(1).agreement.waiting); n != 0 {
				t.Errorf("%d wait", n)
			}
		})
	})
}

// A large machine agrees, too, whose cores have few channels when it comes up.
// Sabotage: leave connectAll out of turn; let no deadline call it.
func TestNamesOfALargeMachine(t *testing.T) {
	const n = eagerCores + 4
	simulate(t, config{cores: n}, func(t *testing.T, m *machine) {
		m.harts[7].kill(layout.CausePanic, false)
		time.Sleep(5 * time.Second)
		m.agree(t, route.First(n)&^route.Of(7), "after a death")
		if err := m.mon(0).StartCore(7); err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Second)
		m.agree(t, route.First(n), "after a birth")
		if e, err := m.mon(3).Lookup("echo.7"); err != nil || e.Incarnation != 2 {
			t.Errorf("%v, %v", e, err)
		}
	})
}

// Two cores that keep one name at the same time refuse each other, and one has it in the
// end.
// Sabotage: leave again out of startName.
func TestKeptNamesMeet(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		settle()
		for i := range 20 {
			name := fmt.Sprint("both", i)
			m.peek(func() {
				for _, core := range []int{1, 2} {
					mon := m.mon(core)
					mon.do(func() {
						mon.names.keep(name, 0, func(*Monitor) bool { return true })
						mon.agreement.changed = true
					})
				}
			})
			time.Sleep(time.Second)
			if _, err := m.mon(0).Lookup(name); err != nil {
				t.Error(err)
			}
		}
	})
}

// Many operations are on their way at once, and more than that are refused, not lost.
// Sabotage: let beginOperation note all outcomes under 0.
func TestManyOperations(t *testing.T) {
	for _, s := range []route.Strategy{route.Unicast, route.TwoLevel} {
		simulate(t, config{cores: 5}, func(t *testing.T, m *machine) {
			m.choose(s, 0, 1, 2, 3, 4)
			settle()
			decided, finished, refused := 0, 0, 0
			m.at(0, func() {
				for range agreeWindow + 3 {
					err := m.mon(0).beginOperation(&Operation{Type: opNothing, TwoPhase: true}, func(what agree.EventKind, commit bool) {
						switch {
						case !commit:
							t.Error("an operation on nothing was aborted")
						case what == agree.Decided:
							decided++
						default:
							finished++
						}
					})
					if errors.Is(err, agree.ErrWindow) {
						refused++
					}
				}
			})
			settle()
			m.peek(func() {
				if decided != agreeWindow || finished != agreeWindow || refused != 3 {
					t.Errorf("%d decided, %d finished, %d refused", decided, finished, refused)
				}
				if n := m.mon(3).agreement.node.Dropped(); n > 0 {
					t.Errorf("core 3 has dropped %d messages", n)
				}
			})
			if counts := m.mon(0).counts; (s == route.TwoLevel) != (counts[askedThere.Number()].out > 0) {
				t.Errorf("%v: %d multicasts", s, counts[askedThere.Number()].out)
			}
		})
	}
}
