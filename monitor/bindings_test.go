package monitor

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/binding"
	"atoll/monitor/grant"
	"atoll/monitor/ump"
)

// bindTo binds a core to another's echo service.
func (m *machine) bindTo(t *testing.T, from, to int) *binding.Binding {
	t.Helper()
	b, err := m.mon(from).Bind(context.Background(), to, echoService, bindTime)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// roundTrip sends a word to the echo service and back.
func roundTrip(b *binding.Binding, word uint64) error {
	var answer binding.Message
	err := b.Call(echoTrip, &[7]uint64{0, word}, &answer, time.Second)
	if err == nil && answer.W[1] != word {
		err = fmt.Errorf("sent %d, and %d came back", word, answer.W[1])
	}
	return err
}

// atRest checks that no core has a binding or maps a frame, and all frames are free.
func (m *machine) atRest(t *testing.T) {
	t.Helper()
	settle()
	for core, h := range m.harts {
		if !h.now().running {
			continue
		}
		m.at(core, func() {
			mon := m.mon(core)
			if n := mon.grants.Frames(); len(mon.bindings.ends) > 0 || len(mon.bindings.kept) > 0 || n != simPoolPages || h.mappedFrames() > 0 {
				t.Errorf("core %d has %d ends of bindings, keeps %d, has %d frames free and %d mapped",
					core, len(mon.bindings.ends), len(mon.bindings.kept), n, h.mappedFrames())
			}
		})
	}
}

// All cores bind to all others, and use the bindings while both sleep in between; what
// is closed leaves nothing.
// Sabotage: let unbind not free the memory.
func TestBindAll(t *testing.T) {
	simulate(t, config{cores: 4}, func(t *testing.T, m *machine) {
		var all []*binding.Binding
		for a := range 4 {
			for b := range 4 {
				if a != b {
					all = append(all, m.bindTo(t, a, b))
				}
			}
		}
		for round := range uint64(20) {
			for i, b := range all {
				if err := roundTrip(b, round<<8|uint64(i)); err != nil {
					t.Fatal(err)
				}
			}
			settle()
		}
		for _, b := range all {
			b.Close()
		}
		m.atRest(t)
	})
}

// Trips over bindings between sleeping cores take doorbells, not deadlines.
// Sabotage: let lookAtBindings do nothing.
func TestBindingTripTime(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		b := m.bindTo(t, 0, 1)
		defer b.Close()
		for range 50 {
			settle()
			begin := time.Now()
			if err := roundTrip(b, 1); err != nil || time.Since(begin) > 5*time.Millisecond {
				t.Fatalf("%v after %v", err, time.Since(begin))
			}
		}
	})
}

// Whoever waits at either end learns at once when the other core dies, and afterwards
// nothing is left; the next life binds anew.
// Sabotage: let endBecause end with ErrClosed.
func TestBindingDeath(t *testing.T) {
	for _, victim := range []int{1, 2} { // the client, the server
		simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
			served := make(chan *binding.Binding, 9)
			m.reborn = func(core int, mon *Monitor) {
				mon.Export(7, func(b *binding.Binding) { served <- b })
			}
			m.reborn(2, m.mon(2))
			for life := range 20 {
				client, err := m.mon(1).Bind(context.Background(), 2, 7, bindTime)
				if err != nil {
					t.Fatal(err)
				}
				if err := m.mon(1).GiveBuffers(client, 4, 4096, bindTime); err != nil {
					t.Fatal(err)
				}
				survivor, other := client, <-served
				if victim == 1 {
					survivor, other = other, survivor
				}
				if err := other.Send(5, &[7]uint64{1}, time.Second); err != nil {
					t.Fatal(err)
				}
				ended := make(chan error, 1)
				var msg binding.Message
				go func() {
					err := survivor.Recv(&msg, time.Hour) // what was sent before is received
					if err == nil {
						err = survivor.Recv(&msg, time.Hour)
					}
					ended <- err
				}()
				settle()
				begin := time.Now()
				m.harts[victim].kill(layout.CausePanic, false)
				if err := <-ended; !errors.Is(err, errDown) || time.Since(begin) > 20*time.Millisecond {
					t.Fatalf("life %d: %v after %v", life, err, time.Since(begin))
				}
				m.atRest(t)
				if err := m.mon(0).StartCore(victim); err != nil {
					t.Fatal(err)
				}
				settle()
			}
		})
	}
}

// What a core has sent is received although it closes its end right then, and then the
// other end is told; either may close.
// Sabotage: let finish not take what is left.
func TestBindingClose(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		served := make(chan *binding.Binding, 1)
		m.mon(1).Export(7, func(b *binding.Binding) { served <- b })
		for _, closes := range []int{0, 1} {
			client, err := m.mon(0).Bind(context.Background(), 1, 7, bindTime)
			if err != nil {
				t.Fatal(err)
			}
			ends := []*binding.Binding{client, <-served}
			for i := range uint64(20) {
				if err := ends[closes].Send(5, &[7]uint64{i}, time.Second); err != nil {
					t.Fatal(err)
				}
			}
			ends[closes].Close()
			var msg binding.Message
			for i := range uint64(20) {
				if err := ends[1-closes].Recv(&msg, time.Second); err != nil || msg.W[0] != i {
					t.Fatalf("message %d: %v, %v", i, msg, err)
				}
			}
			if err := ends[1-closes].Recv(&msg, time.Second); !errors.Is(err, binding.ErrClosed) {
				t.Errorf("after the last one: %v", err)
			}
			m.atRest(t)
		}
	})
}

// A peer that writes nonsense into the frame loses this binding, not the next, nor its
// channel.
// Sabotage: let advance take no notice of Broken.
func TestBindingRogue(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		good, bad := m.bindTo(t, 0, 1), m.bindTo(t, 0, 1)
		if err := errors.Join(roundTrip(good, 1), roundTrip(bad, 1)); err != nil {
			t.Fatal(err)
		}
		settle()
		m.at(1, func() { // the server's frame of the second
			e := m.mon(1).bindings.ends[1]
			f := ump.FrameIn(e.memory.Bytes)
			f.Line[1].Link = 1<<32 | 77
		})
		if err := roundTrip(bad, 2); err == nil || !strings.Contains(err.Error(), "the binding to core 1 is lost: ") {
			t.Errorf("%v", err)
		}
		if err := errors.Join(roundTrip(good, 3), askReport(m, 0, 1)); err != nil {
			t.Error(err)
		}
		good.Close()
		m.atRest(t)
	})
}

// What cannot be bound is a sentence, and leaves nothing.
// Sabotage: let serveBind forget the case of a service that there is none of.
func TestBindErrors(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		fail := func(core int, number uint64, want string) {
			t.Helper()
			b, err := m.mon(0).Bind(context.Background(), core, number, time.Second)
			if err == nil || !strings.Contains(err.Error(), want) {
				t.Errorf("core %d, service %d: %v, %v; want %q", core, number, b, err, want)
			}
		}
		fail(0, 99, "core 0 exports no service 99")
		fail(1, 99, "core 1 exports no service 99")
		fail(9, echoService, "there is no core 9")
		m.noMapping.Store(true)
		fail(1, echoService, "no page left for a table")
		m.noMapping.Store(false)
		thaw := m.harts[1].freeze()
		fail(1, echoService, "did not answer within 1s")
		thaw()
		settle()
		m.harts[2].kill(layout.CausePanic, false)
		settle()
		fail(2, echoService, "core 2 is not up")
		b := m.bindTo(t, 0, 1)
		for _, c := range [][2]uint64{{0, 4096}, {1, 100}, {3, 64}, {65, 4096}, {1, 4096 * 2048}, {64, 64 * 4096}} {
			if err := m.mon(0).GiveBuffers(b, c[0], c[1], time.Second); err == nil {
				t.Errorf("%d buffers of %d bytes", c[0], c[1])
			}
		}
		if err := m.mon(0).GiveBuffers(b, 1, 4096, time.Second); err != nil {
			t.Error(err)
		}
		if err := m.mon(0).GiveBuffers(b, 1, 4096, time.Second); err == nil || !strings.Contains(err.Error(), "has buffers") {
			t.Errorf("buffers twice: %v", err)
		}
		b.Close()
		if err := m.mon(0).GiveBuffers(b, 1, 4096, time.Second); err == nil {
			t.Error("buffers for a binding that is closed")
		}
		m.atRest(t)
	})
}

// The bounds hold: of ends, of what is kept, of clients that wait for a pool.
// Sabotage: let serveBind and keep count nothing.
func TestBindBounds(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		for i := range maxKept + 1 {
			_, err := query(m.mon(0), 0, askKeep, time.Second, keepQuestion{1, echoService})
			if i >= simPoolPages/3 { // each takes three frames, of both
				break
			}
			if (err != nil) != (i >= maxKept) && i < simPoolPages/3-1 {
				t.Fatalf("binding %d: %v", i, err)
			}
		}
		if _, err := query(m.mon(0), 0, askKeep, time.Second, keepQuestion{77, echoService}); err == nil {
			t.Error("keeps a binding to core 77")
		}
		m.at(0, func() { m.mon(0).closeKept() })
		m.atRest(t)
		ends := make([]*bindEnd, maxBindings)
		m.at(1, func() {
			for i := range ends {
				ends[i] = &bindEnd{Binding: &binding.Binding{Core: 63}}
			}
			m.mon(1).bindings.ends = ends
		})
		if _, err := m.mon(0).Bind(context.Background(), 1, echoService, time.Second); err == nil || !strings.Contains(err.Error(), "has 256 bindings already") {
			t.Error(err)
		}
		m.at(1, func() { m.mon(1).bindings.ends = nil })
	})
}

// Grants that belong to no binding, or not so, are refused.
// Sabotage: let takeFrame not look for the core; let takeBuffers not look at serves.
func TestStrayGrants(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		b := m.bindTo(t, 0, 1)
		defer b.Close()
		var id uint64
		m.at(0, func() {
			id = uint64(m.mon(0).bindings.ends[0].id)
			m.mon(0).bindings.wanted[1000] = &wanted{core: 1}
		})
		for name, c := range map[string]struct {
			from    int
			rights  layout.Perm
			purpose grant.Purpose
			pages   uint64
			arg     [3]uint64
			want    grant.Why
		}{
			"a frame of another core":     {2, rw, grant.ForBinding, 1, [3]uint64{1000}, grant.NoSuchBind},
			"a frame that nobody wants":   {1, rw, grant.ForBinding, 1, [3]uint64{1001}, grant.NoSuchBind},
			"a frame to read":             {1, layout.R, grant.ForBinding, 1, [3]uint64{1000}, grant.BadRights},
			"two frames":                  {1, rw, grant.ForBinding, 2, [3]uint64{1000}, grant.BadRights},
			"buffers of another core":     {2, layout.R, grant.ForBuffer, 1, [3]uint64{id, 1, 1}, grant.NoSuchBind},
			"buffers of the wrong side":   {1, layout.R, grant.ForBuffer, 1, [3]uint64{id, 1, 0}, grant.NoSuchBind},
			"buffers of no binding":       {1, layout.R, grant.ForBuffer, 1, [3]uint64{id + 1, 1, 1}, grant.NoSuchBind},
			"buffers to write":            {1, rw, grant.ForBuffer, 1, [3]uint64{id, 1, 1}, grant.BadRights},
			"no buffers":                  {1, layout.R, grant.ForBuffer, 1, [3]uint64{id, 0, 1}, grant.BadRights},
			"buffers that do not fit":     {1, layout.R, grant.ForBuffer, 1, [3]uint64{id, 3, 1}, grant.BadRights},
			"more buffers than there may": {1, layout.R, grant.ForBuffer, 2, [3]uint64{id, 128, 1}, grant.BadRights},
			"a page for nothing known":    {1, layout.R, grant.Purpose(99), 1, [3]uint64{}, grant.NotWanted},
		} {
			memory, err := m.mon(c.from).NewMemory(c.pages, time.Second)
			if err != nil {
				t.Fatal(err)
			}
			_, err = m.mon(c.from).Grant(memory, 0, c.rights, c.purpose, c.arg, time.Second)
			if err == nil || !strings.HasSuffix(err.Error(), c.want.String()) {
				t.Errorf("%s: %v, want %v", name, err, c.want)
			}
			m.mon(c.from).FreeMemory(memory)
		}
		if err := roundTrip(b, 5); err != nil {
			t.Error(err)
		}
	})
}

const rw = layout.R | layout.W

// What the console does with bindings: keep them, list them, hear of their end, close
// and measure them.
// Sabotage: let closeKept close nothing.
func TestBindCommands(t *testing.T) {
	simulate(t, config{cores: 3}, func(t *testing.T, m *machine) {
		s := NewSystem(m.mon(0), func() {})
		for _, pair := range [][2]int{{0, 1}, {2, 1}, {1, 0}} {
			if _, err := s.Bind(pair[0], pair[1], echoService); err != nil {
				t.Fatal(err)
			}
		}
		list, err := s.Bindings(1)
		if err != nil || len(list) != 3 || list[0].Peer != 0 || !list[0].Serves || list[2].Serves || list[2].Service != echoService {
			t.Errorf("%+v, %v", list, err)
		}
		m.harts[2].kill(layout.CausePanic, false)
		settle()
		if list, _ = s.Bindings(1); len(list) != 2 {
			t.Errorf("%+v", list)
		}
		if err := s.CloseBindings(0); err != nil {
			t.Fatal(err)
		}
		settle()
		if said := m.said("@0 binding-ended core=1 why=closed"); len(said) != 1 {
			t.Errorf("core 0 says %q", said)
		}
		m.harts[1].kill(layout.CausePanic, false)
		m.atRest(t)
		if _, err := s.Bind(0, 2, echoService); !errors.Is(err, errDown) {
			t.Error(err)
		}
	})
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		s := NewSystem(m.mon(0), func() {})
		r, err := s.BenchBinding(0, 1, 40)
		if err != nil || r.Round.Median <= 0 || r.Wake.Median <= 0 || r.Bulk <= 0 || r.Setup <= 0 {
			t.Errorf("%+v, %v", r, err)
		}
		m.atRest(t)
		for _, c := range [][2]int{{0, 0}, {0, 9}} {
			if r, err := s.BenchBinding(c[0], c[1], 10); err == nil {
				t.Errorf("%v: %+v", c, r)
			}
		}
		failed := make(chan error, 1)
		go func() {
			_, err := s.BenchBinding(0, 1, maxRounds)
			failed <- err
		}()
		settle()
		if _, err := s.BenchBinding(0, 1, 1); err == nil || err.Error() != errMeasuring.Error() {
			t.Errorf("two measurements at a time: %v", err)
		}
		m.harts[1].kill(layout.CausePanic, false)
		if err := <-failed; !errors.Is(err, errDown) {
			t.Error(err)
		}
		m.atRest(t)
	})
}
