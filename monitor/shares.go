package monitor

import (
	"context"
	"errors"
	"sync"
	"time"

	"atoll/drivers/virtio/ninep"
	"atoll/monitor/binding"
	"atoll/monitor/share"
)

// The host's folder. The core that drives the 9P device exports it as the service share.0, over
// bindings (package share). When it dies the next owner of the device exports it anew, and who wants
// it binds again. Of several devices the first is used.

// shareService is the number of the service, and shareName its name.
const (
	shareService = 0x140
	shareName    = "share.0"
)

// shares is this core's part, for any goroutine.
type shares struct {
	mu  sync.Mutex
	hub *share.Hub // nil: another core has it, or nobody
}

// ErrNoShare says that the machine has no folder of the host.
var ErrNoShare = errors.New("the machine has no folder of the host")

// serveShare lets all cores use the folder that this core drives. It is for the event loop.
func (m *Monitor) serveShare(c *ninep.Channel) {
	m.shares.mu.Lock()
	defer m.shares.mu.Unlock()
	if m.shares.hub != nil {
		m.lines.printf("core %d does not use a second folder of the host\n", m.self)
		return
	}
	hub := share.NewHub(c)
	m.shares.hub = hub
	m.bindings.services[shareService] = func(b *binding.Binding) { m.serveShareTo(b, hub) }
	m.names.keep(shareName, shareService, func(*Monitor) bool { return true })
	m.agreement.changed = true
}

// serveShareTo serves one client.
func (m *Monitor) serveShareTo(b *binding.Binding, hub *share.Hub) {
	s, err := hub.Open()
	if err != nil {
		b.Close()
		return
	}
	if m.GiveBuffers(b, share.BufferCount, share.BufferBytes, bindTime) != nil {
		s.Close()
		b.Close()
		return
	}
	share.Serve(b, s)
}

// OpenShare begins a session with the folder of the host. It waits within the bound for somebody to
// drive it. Not for the event loop.
func (m *Monitor) OpenShare(ctx context.Context, bound time.Duration) (share.Exchanger, error) {
	for until := time.Now().Add(bound); ; {
		s, err := m.openShare(ctx)
		if err == nil || time.Now().After(until) {
			return s, err
		}
		select {
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		case <-time.After(diskGap):
		}
	}
}

func (m *Monitor) openShare(ctx context.Context) (share.Exchanger, error) {
	m.shares.mu.Lock()
	hub := m.shares.hub
	m.shares.mu.Unlock()
	if hub != nil {
		return hub.Open()
	}
	b, err := m.BindName(ctx, shareName, bindTime)
	if err != nil {
		return nil, errors.Join(ErrNoShare, err)
	}
	if err := m.GiveBuffers(b, share.BufferCount, share.BufferBytes, bindTime); err != nil {
		b.Close()
		return nil, err
	}
	return share.NewClient(b), nil
}
