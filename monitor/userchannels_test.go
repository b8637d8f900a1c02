package monitor

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/kernel/abi"
	"atoll/kernel/domain"
	"atoll/monitor/ump"
	user "atoll/user/ump"
)

// programEnd is an end in the hands of a program, as the CPU driver would have it. What
// belongs to the driver's loop is done with mu held.
type programEnd struct {
	*user.Channel
	t    testing.TB
	e    *userEnd
	mu   sync.Mutex
	rung chan struct{}
	once sync.Once
	over chan struct{}
	busy sync.WaitGroup // of goroutines that must not touch the frame once it is let go
	gone bool
}

func (m *machine) use(t testing.TB, l domain.Link) *programEnd {
	p := &programEnd{t: t, e: l.(*userEnd), rung: make(chan struct{}, 1), over: make(chan struct{})}
	p.mu.Lock()
	defer p.mu.Unlock()
	frame := p.e.frame
	l.Begin(func() {
		select {
		case p.rung <- struct{}{}:
		default:
		}
	}, func() { go p.end() })
	if p.e.side == 0 {
		p.Channel = user.OpenFrame(frame, user.Client, p)
	} else {
		p.Channel = user.OpenFrame(frame, user.Server, p)
	}
	p.SetPoll(1)
	return p
}

// end is what the driver does at the end of a channel.
func (p *programEnd) end() {
	p.once.Do(func() { close(p.over) })
	p.busy.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.gone {
		return
	}
	if p.e.Spare() != 0 {
		p.e.Save()
		if ump.FrameIn(p.e.spare.Bytes).Ring != p.e.frame.Ring {
			p.t.Error("the copy of the frame differs")
		}
		p.e.Released()
	}
}

func (p *programEnd) drop() {
	p.once.Do(func() { close(p.over) })
	p.busy.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.gone {
		p.gone = true
		p.e.Drop()
	}
}

func (p *programEnd) ended() bool {
	select {
	case <-p.over:
		return true
	default:
		return p.gone
	}
}

func (p *programEnd) Ring() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended() {
		return abi.ErrPeerDead
	}
	p.e.Ring()
	return nil
}

func (p *programEnd) look(watch bool) (bool, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.ended() {
		return false, abi.ErrPeerDead
	}
	if watch {
		p.e.Watch(true)
	}
	return p.e.Rung(), nil
}

func (p *programEnd) Await(until uint64) error {
	bound := 10 * time.Minute
	if until != abi.Forever {
		bound = time.Duration(until)
	}
	late := time.After(bound)
	for {
		if rung, err := p.look(until != 0); rung || err != nil {
			return err
		}
		if until == 0 {
			return abi.ErrTime
		}
		select {
		case <-p.rung:
		case <-p.over:
		case <-late:
			return abi.ErrTime
		}
	}
}

// name makes a name of a program's service.
func userTestName(text string) abi.Name {
	n, e := abi.NameOf(text)
	if e != abi.OK {
		panic(e)
	}
	return n
}

// offer exports a name on a core, and returns the ends that arrive.
func (m *machine) offer(t testing.TB, core int, text string) (domain.Export, chan *programEnd, abi.Error) {
	arrived := make(chan *programEnd, 100)
	type result struct {
		x domain.Export
		e abi.Error
	}
	done := make(chan result, 1)
	m.mon(core).Channels().Export(userTestName(text), func(l domain.Link) { arrived <- m.use(t, l) },
		func(x domain.Export, e abi.Error) { done <- result{x, e} })
	r := <-done
	return r.x, arrived, r.e
}

func (m *machine) bindUser(t testing.TB, core int, text string) (*programEnd, abi.Error) {
	type result struct {
		l domain.Link
		e abi.Error
	}
	done := make(chan result, 1)
	m.mon(core).Channels().Bind(userTestName(text), func(l domain.Link, e abi.Error) { done <- result{l, e} })
	r := <-done
	if r.e != abi.OK {
		return nil, r.e
	}
	return m.use(t, r.l), abi.OK
}

// echo answers until the channel ends.
func (p *programEnd) echo() {
	var msg user.Message
	for p.Recv(&msg, abi.Forever) == nil && p.Send(msg.Type, &msg.W, abi.Forever) == nil {
	}
	p.drop()
}

// usersAtRest checks that no core has an end of a channel between programs or a name of
// one, and that all frames are free.
func (m *machine) usersAtRest(t *testing.T) {
	t.Helper()
	m.atRest(t)
	for core, h := range m.harts {
		if !h.now().running {
			continue
		}
		m.at(core, func() {
			mon := m.mon(core)
			names := 0
			for e := range mon.agreement.replica.Services.All {
				if text := e.Name.String(); len(text) > 2 && text[:2] == userPrefix {
					names++
				}
			}
			u := &mon.users
			if len(u.ends)+u.opening+len(u.wanted)+len(u.exports)+names != 0 || u.watching.Load() != 0 {
				t.Errorf("core %d has %d ends, %d opening, %d wanted, %d exports and knows %d names; %d are watched", core, len(u.ends), u.opening, len(u.wanted), len(u.exports), names, u.watching.Load())
			}
			for _, k := range mon.names.kept {
				if k.user != nil {
					t.Errorf("core %d keeps the name %v", core, k.name)
				}
			}
		})
	}
}

// Programs of all cores bind to those of all cores, their own too, and exchange messages
// while both sleep in between: by doorbells, not by deadlines. What is dropped leaves nothing.
// Sabotages: let lookAtRings do nothing; let dropUserEnd not free the memory; let Ring not
// ring an end of this core.
func TestUserChannels(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		var exports []domain.Export
		for core := range 3 {
			x, arrived, e := m.offer(t, core, fmt.Sprint("service", core))
			if e != abi.OK {
				t.Fatal(e)
			}
			exports = append(exports, x)
			go func() {
				for range 3 {
					go (<-arrived).echo()
				}
			}()
		}
		var all []*programEnd
		for from := range 3 {
			for to := range 3 {
				p, e := m.bindUser(t, from, fmt.Sprint("service", to))
				if e != abi.OK || p.e.Core() != to {
					t.Fatalf("core %d to %d: %v", from, to, e)
				}
				all = append(all, p)
			}
		}
		for round := range uint64(10) {
			for i, p := range all {
				settle()
				begin := time.Now()
				var msg user.Message
				if err := errors.Join(p.Send(7, &[7]uint64{round, uint64(i)}, abi.Forever), p.Recv(&msg, abi.Forever)); err != nil || msg.W[0] != round || msg.W[1] != uint64(i) {
					t.Fatalf("%v, %v", msg, err)
				}
				if d := time.Since(begin); d > 5*time.Millisecond {
					t.Fatalf("core %d to %d: %v", i/3, i%3, d)
				}
			}
		}
		for _, p := range all {
			p.drop()
		}
		for _, x := range exports {
			x.Withdraw()
		}
		m.usersAtRest(t)
	})
}

// Whoever waits at either end learns at once when the other core dies, and receives first
// what had been sent; afterwards nothing is left, and the next life offers the name anew.
// Sabotages: let Save copy nothing; let end not call ended; let release not give the frame
// back.
func TestUserChannelDeath(t *testing.T) {
	for _, victim := range []int{1, 2} { // the client, the server
		simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
			x, arrived, e := m.offer(t, 2, "service")
			for life := range 6 {
				if e != abi.OK {
					t.Fatalf("life %d: %v", life, e)
				}
				client, e := m.bindUser(t, 1, "service")
				if e != abi.OK {
					t.Fatal(e)
				}
				survivor, other := client, <-arrived
				if victim == 1 {
					survivor, other = other, survivor
				}
				both := make(chan error, 2)
				var msg user.Message
				go func() { both <- other.Recv(&msg, abi.Forever) }()
				go func() { both <- survivor.Send(1, &[7]uint64{1}, abi.Forever) }()
				if err := errors.Join(<-both, <-both); err != nil {
					t.Fatal(err)
				}
				if err := other.Send(5, &[7]uint64{9}, abi.Forever); err != nil {
					t.Fatal(err)
				}
				settle()
				got := make(chan error, 2)
				begin := time.Now()
				m.harts[victim].kill(layout.CausePanic, false)
				go func() {
					err := survivor.Recv(&msg, abi.Forever)
					if err != nil || msg.W[0] != 9 {
						t.Errorf("life %d: %v, %v", life, msg, err)
					}
					got <- survivor.Recv(&msg, abi.Forever)
				}()
				if err := <-got; !errors.Is(err, abi.ErrPeerDead) || time.Since(begin) > 20*time.Millisecond {
					t.Fatalf("life %d: %v after %v", life, err, time.Since(begin))
				}
				survivor.drop()
				if victim == 1 {
					x.Withdraw()
				}
				m.usersAtRest(t)
				if err := m.mon(0).StartCore(victim); err != nil {
					t.Fatal(err)
				}
				settle()
				x, arrived, e = m.offer(t, 2, "service")
			}
		})
	}
}

// A name belongs to one program at a time, of all cores; two who want it at once do not
// both get it. Nobody gets one of the monitors' own.
// Sabotages: let seen not look at mine; leave the number out of mine.
func TestUserNames(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		if _, e := m.bindUser(t, 0, "service"); e != abi.ErrName {
			t.Errorf("a name that there is not: %v", e)
		}
		for range 5 {
			var got []domain.Export
			var mu sync.Mutex
			var both sync.WaitGroup
			for _, core := range []int{1, 2, 1} {
				both.Go(func() {
					x, _, e := m.offer(t, core, "service")
					mu.Lock()
					defer mu.Unlock()
					if e == abi.OK {
						got = append(got, x)
					} else if e != abi.ErrTaken {
						t.Errorf("core %d: %v", core, e)
					}
				})
			}
			both.Wait()
			if len(got) != 1 {
				t.Fatalf("%d have the name", len(got))
			}
			got[0].Withdraw()
			settle()
		}
		for _, text := range []string{"console", "skb", "echo.1"} {
			x, _, e := m.offer(t, 1, text)
			if e != abi.OK {
				t.Errorf("%s: %v", text, e)
			}
			if s, err := m.mon(0).Lookup(text); err != nil || s.Number == x.(*userExport).number && text != "echo.1" {
				t.Errorf("the monitors' %s is %+v, %v", text, s, err)
			}
			x.Withdraw()
		}
		m.usersAtRest(t)
	})
}

// A program that rings without end interrupts the other core now and then, and the last
// ring is heard.
// Sabotages: in userBell.ring, leave out the case of a time to come; there, do not ring later.
func TestUserBell(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		x, arrived, e := m.offer(t, 1, "service")
		if e != abi.OK {
			t.Fatal(e)
		}
		client, e := m.bindUser(t, 0, "service")
		if e != abi.OK {
			t.Fatal(e)
		}
		server := <-arrived
		var bells atomic.Int64
		m.at(0, func() {
			ring := m.mon(0).bindings.ring
			m.mon(0).bindings.ring = func(core int) { bells.Add(1); ring(core) }
		})
		settle()
		begin := time.Now()
		for range 1000 {
			client.Ring()
			time.Sleep(time.Microsecond)
		}
		most := int64(time.Since(begin)/userBellGap) + 2
		settle()
		server.Await(0) // what has been
		if n := bells.Load(); n > most || n < 5 {
			t.Errorf("%d doorbells, want at most %d", n, most)
		}
		heard := make(chan error, 1)
		client.Ring()
		server.Await(0)
		go func() { heard <- server.Await(uint64(time.Second)) }()
		time.Sleep(5 * time.Microsecond)
		client.Ring() // put off
		if err := <-heard; err != nil {
			t.Error(err)
		}
		client.drop()
		server.drop()
		x.Withdraw()
		m.usersAtRest(t)
	})
}

// A service that is withdrawn while somebody binds to it, ends that are dropped at any
// point, cores that die at any point and come back: nothing is left, no frame is used again
// that another core maps (MapFrames looks), and whoever waits is told.
// Sabotages: in bindUserAt, do not free the spare; in dropUserEnd, do not release.
func TestUserChannelStorm(t *testing.T) {
	for seed := range uint64(6) {
		simulate(t, config{cores: 3, seed: seed}, func(t *testing.T, m *machine) {
			rnd := rand.New(rand.NewPCG(seed, 5))
			var mu sync.Mutex
			ends := map[*programEnd]int{}
			type offered struct {
				core int
				text string
			}
			exports := map[domain.Export]offered{}
			add := func(core int, p *programEnd) {
				p.busy.Go(func() {
					var msg user.Message
					if p.Send(1, &[7]uint64{uint64(core)}, abi.Forever) == nil {
						p.Recv(&msg, abi.Forever)
					}
				})
				mu.Lock() // from now on others may drop it
				ends[p] = core
				mu.Unlock()
			}
			forget := func(core int) { // they were the dead core's
				mu.Lock()
				defer mu.Unlock()
				for p, c := range ends {
					if c == core {
						p.mu.Lock()
						p.gone = true
						p.mu.Unlock()
						p.once.Do(func() { close(p.over) })
						p.busy.Wait()
						delete(ends, p)
					}
				}
				for x, o := range exports {
					if o.core == core {
						delete(exports, x)
					}
				}
			}
			var binds [3]sync.WaitGroup // under way: a dead core's would wait for ever
			bind := func(core int, text string) {
				if m.harts[core].now().running {
					binds[core].Add(1)
					m.mon(core).Channels().Bind(userTestName(text), func(l domain.Link, e abi.Error) {
						if e == abi.OK {
							add(core, m.use(t, l))
						}
						binds[core].Done()
					})
				}
			}
			for range 300 {
				core := rnd.IntN(3)
				up := m.harts[core].now().running
				switch rnd.IntN(12) {
				case 0, 1:
					if up {
						mon := m.mon(core)
						text := fmt.Sprint("service", rnd.IntN(3))
						mon.Channels().Export(userTestName(text), func(l domain.Link) { add(core, m.use(t, l)) },
							func(x domain.Export, e abi.Error) {
								if e == abi.OK {
									mu.Lock()
									exports[x] = offered{core, text}
									mu.Unlock()
								}
							})
					}
				case 2, 3, 4, 5:
					bind(core, fmt.Sprint("service", rnd.IntN(3)))
				case 6, 7:
					mu.Lock()
					for p := range ends {
						delete(ends, p)
						go p.drop()
						break
					}
					mu.Unlock()
				case 8:
					mu.Lock()
					for x, o := range exports {
						delete(exports, x)
						mu.Unlock()
						bind(core, o.text)
						time.Sleep(time.Duration(rnd.IntN(400)) * time.Microsecond)
						x.Withdraw()
						bind(core, o.text)
						mu.Lock()
						break
					}
					mu.Unlock()
				case 9:
					if core != 0 && up {
						binds[core].Wait()
						m.harts[core].kill(layout.CausePanic, false)
						time.Sleep(time.Second)
						forget(core)
					}
				case 10:
					if core != 0 && !up {
						m.mon(0).StartCore(core)
					}
				}
				time.Sleep(time.Duration(rnd.IntN(3000)) * time.Microsecond)
			}
			time.Sleep(time.Minute) // whatever has a bound is over
			mu.Lock()
			for p := range ends {
				go p.drop()
			}
			for x := range exports {
				x.Withdraw()
			}
			mu.Unlock()
			time.Sleep(time.Minute)
			m.usersAtRest(t)
		})
	}
}
