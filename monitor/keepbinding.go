package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atoll/boot/plan"
	"atoll/monitor/binding"
	"atoll/monitor/message"
)

// echoService is exported by every core: for measurements, and to try bindings out.
const echoService = 1

// Types of messages of the echo service.
const (
	echoTrip uint16 = 1 + iota // sent back as it is
	echoPoll                   // number, nanoseconds: poll so long from now on, and let the hart sleep at once if 0; then sent back
	echoBulk                   // number, parts: takes so many buffers, then sends it back
)

// serveEcho serves the echo service.
func (m *Monitor) serveEcho(b *binding.Binding) {
	defer b.Close()
	var msg binding.Message
	var into []byte
	hurry := false
	for {
		if hurry {
			m.hart.Hurry()
		}
		err := b.Recv(&msg, serveRest)
		switch {
		case err != nil:
		case msg.Type == echoBulk:
			into, err = takeParts(b, msg.W[1], into)
		case msg.Type == echoPoll:
			b.SetPoll(min(time.Duration(msg.W[1]), serveTime))
			hurry = msg.W[1] == 0
		}
		if err == nil {
			err = b.Send(msg.Type, &msg.W, serveTime)
		}
		if err != nil && !errors.Is(err, binding.ErrTimeout) {
			return
		}
	}
}

// Bounds of the echo service: of one step, and of the rest in between, after which it
// only looks again.
const (
	serveTime = 2 * time.Second
	serveRest = time.Minute
)

// takeParts copies so many buffers of the peer, one after the other, into one that it
// returns to be used again.
func takeParts(b *binding.Binding, parts uint64, into []byte) ([]byte, error) {
	for range parts {
		p, err := b.Part(serveTime)
		if err != nil {
			return into, err
		}
		if cap(into) < len(p.Bytes) {
			into = make([]byte, len(p.Bytes))
		}
		copy(into[:cap(into)], p.Bytes)
		if err := p.Done(serveTime); err != nil {
			return into, err
		}
	}
	return into, nil
}

// keptBinding is a binding that the console has asked for, to look at it and to see what
// becomes of it.
type keptBinding struct{ *binding.Binding }

// maxKept bounds the bindings that a core keeps.
const maxKept = 32

// The buffers that a kept binding has, of each end that asked for it.
const (
	keptBuffers = 2
	keptSize    = 4096
)

// keepQuestion asks a core to bind to a service of a core and keep the binding.
type keepQuestion struct{ Core, Service uint64 }

var (
	askKeep   = message.DeclareRequest[keepQuestion, time.Duration](72, "bind-keep") // -> how long it took
	askUnkeep = message.DeclareRequest[message.None, message.None](73, "bind-close")
)

func init() {
	serveLater(askKeep, (*Monitor).keep)
	serve(askUnkeep, func(m *Monitor, _ client, none message.None) (message.None, error) {
		m.closeKept()
		return none, nil
	})
}

// keep binds to a service of a core, tries it out, and keeps the binding until it ends or
// is closed.
func (m *Monitor) keep(_ client, q keepQuestion, done func(time.Duration, error)) {
	core := q.Core
	if core >= plan.MaxCores || m.bindings.keeping+len(m.bindings.kept) >= maxKept {
		done(0, fmt.Errorf("core %d cannot keep a binding to core %d: it keeps %d", m.self, core, m.bindings.keeping+len(m.bindings.kept)))
		return
	}
	m.bindings.keeping++
	go func() {
		begin := time.Now()
		b, err := m.Bind(context.Background(), int(core), q.Service, bindTime)
		took := time.Since(begin)
		if err == nil {
			if err = m.tryOut(b, q.Service); err != nil {
				b.Close()
			}
		}
		m.do(func() {
			m.bindings.keeping--
			if err == nil {
				k := &keptBinding{b}
				m.bindings.kept = append(m.bindings.kept, k)
				go m.watchKept(k)
			}
			done(took, err)
		})
	}()
}

// bindTime bounds the making of a binding.
const bindTime = 3 * time.Second

// tryOut uses one of the system's own services over a binding.
func (m *Monitor) tryOut(b *binding.Binding, service uint64) error {
	switch service {
	case echoService:
		return m.tryEcho(b)
	case consoleService:
		return say(b, fmt.Sprintf("core %d speaks to the console of core %d", m.self, b.Core))
	case knowledgeService:
		return m.tryGoal(b)
	}
	return nil
}

// tryGoal asks the knowledge base for this core's hart.
func (m *Monitor) tryGoal(b *binding.Binding) error {
	ctx, end := context.WithTimeoutCause(context.Background(), bindTime, notKnown(bindTime))
	defer end()
	r, misplaced, err := askGoal(ctx, b, fmt.Sprintf("core(%d, Hart, _)", m.self), 0)
	hart := fmt.Sprint(m.plan.Cores[m.self].Row.Hart)
	switch {
	case err != nil:
		return err
	case misplaced:
		return fmt.Errorf("core %d does not run the knowledge base", b.Core)
	case len(r.Rows) != 1 || r.Rows[0][0] != hart:
		return fmt.Errorf("the knowledge base says that core %d is on harts %v, not %s", m.self, r.Rows, hart)
	}
	return nil
}

// tryEcho sends a message and a buffer to an echo service and waits for the answers.
func (m *Monitor) tryEcho(b *binding.Binding) error {
	if err := m.GiveBuffers(b, keptBuffers, keptSize, bindTime); err != nil {
		return err
	}
	var answer binding.Message
	if err := b.Call(echoTrip, &[7]uint64{}, &answer, serveTime); err != nil {
		return err
	}
	buf, err := b.Buffer(serveTime)
	if err == nil {
		err = buf.Hand(len(buf.Bytes), serveTime)
	}
	if err == nil {
		err = b.Call(echoBulk, &[7]uint64{0, 1}, &answer, serveTime)
	}
	return err
}

// watchKept waits for the end of a kept binding, and says why it has come.
func (m *Monitor) watchKept(k *keptBinding) {
	var msg binding.Message
	err := error(binding.ErrTimeout)
	for errors.Is(err, binding.ErrTimeout) || err == nil {
		err = k.Recv(&msg, serveRest)
	}
	why := "lost"
	switch {
	case errors.Is(err, errDown):
		why = "peer-dead"
	case errors.Is(err, binding.ErrClosed):
		why = "closed"
	}
	m.do(func() {
		for i, o := range m.bindings.kept {
			if o == k {
				m.bindings.kept = append(m.bindings.kept[:i], m.bindings.kept[i+1:]...)
				break
			}
		}
		m.lines.printf("@%d binding-ended core=%d why=%s\n", m.self, k.Core, why)
	})
}

// closeKept closes the bindings that the console has asked for.
func (m *Monitor) closeKept() {
	for _, k := range m.bindings.kept {
		go k.Close() // it may wait for who uses it
	}
}
