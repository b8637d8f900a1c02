package monitor

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"atoll/monitor/binding"
)

// A core binds to itself as to another: messages and buffers, with both ends asleep in
// between; when one end closes the other learns of it, and nothing is left.
// Sabotage: let unbind not end the other end; leave giveSelf out of GiveBuffers.
func TestSelfBinding(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		for range 3 {
			b := m.bindTo(t, 1, 1)
			for word := range uint64(100) {
				if word%10 == 0 {
					settle()
				}
				begin := time.Now()
				if err := roundTrip(b, word); err != nil || time.Since(begin) > 5*time.Millisecond {
					t.Fatalf("%v after %v", err, time.Since(begin))
				}
			}
			if err := m.mon(1).GiveBuffers(b, 4, 4096, bindTime); err != nil {
				t.Fatal(err)
			}
			if err := m.mon(1).GiveBuffers(b, 4, 4096, bindTime); err == nil {
				t.Error("buffers are given twice")
			}
			if err := handOver(b, 40); err != nil {
				t.Fatal(err)
			}
			b.Close()
			m.atRest(t)
			if err := roundTrip(b, 1); !errors.Is(err, binding.ErrClosed) {
				t.Errorf("over a closed binding: %v", err)
			}
		}
		served := make(chan *binding.Binding, 1)
		m.mon(0).Export(7, func(b *binding.Binding) { served <- b })
		b, err := m.mon(0).Bind(context.Background(), 0, 7, bindTime)
		if err != nil {
			t.Fatal(err)
		}
		(<-served).Close() // the server ends it
		var msg binding.Message
		if err := b.Recv(&msg, time.Hour); !errors.Is(err, binding.ErrClosed) || !strings.Contains(err.Error(), "core 0") {
			t.Errorf("the server has closed it: %v", err)
		}
		b.Close()
		m.atRest(t)
	})
}

// handOver hands buffers to an echo service, more than there are.
func handOver(b *binding.Binding, count uint64) error {
	done := make(chan error, 1)
	go func() {
		var answer binding.Message
		done <- b.Call(echoBulk, &[7]uint64{0, count}, &answer, 10*time.Second)
	}()
	for range count {
		buf, err := b.Buffer(serveTime)
		if err != nil {
			return err
		}
		if err := buf.Hand(len(buf.Bytes), serveTime); err != nil {
			return err
		}
	}
	return <-done
}

// No core has more ends than the bound, those to itself included.
// Sabotage: let bindSelf count one end.
func TestSelfBindingBound(t *testing.T) {
	simulate(t, config{cores: 2}, func(t *testing.T, m *machine) {
		all := []*binding.Binding{m.bindTo(t, 0, 1)}
		for {
			b, err := m.mon(0).Bind(context.Background(), 0, echoService, bindTime)
			if err != nil {
				if !strings.Contains(err.Error(), "has 256 bindings already") || len(all) != maxBindings/2 {
					t.Errorf("after %d: %v", len(all), err)
				}
				break
			}
			all = append(all, b)
		}
		for _, b := range all {
			b.Close()
		}
		m.atRest(t)
	})
}
