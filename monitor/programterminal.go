package monitor

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"atoll/monitor/console"
	"atoll/monitor/message"
)

// Terminals of programs that another core runs than the one with the screen. That lends the terminal
// by a number: what is typed it tells the other, piece by piece, and is asked to show what the
// program writes. Each piece is answered before the next is sent, so that no more is on its way.
// The program's core knows it by who lends it and the number, until the program has ended: then it returns
// what nobody has read, and refuses what is told later. So what was typed is read there, or here.

// terminalText is a piece of what is typed, or shown.
type terminalText struct {
	Terminal, Count uint32
	Text            [40]uint8
}

var (
	askShow = message.DeclareRequest[terminalText, message.None](135, "terminal-show")
	askType = message.DeclareRequest[terminalText, message.None](136, "terminal-type")
	askBack = message.DeclareRequest[terminalText, message.None](137, "terminal-return")
)

func init() {
	serveLater(askShow, (*Monitor).show)
	serve(askType, (*Monitor).typeText)
	serve(askBack, (*Monitor).takeReturned)
}

// errNoTerminal says that there is no such terminal, or no more.
var errNoTerminal = errors.New("there is no such terminal")

// lentTerminal is one of this core, and farTerminal one of another.
type lentTerminal struct {
	console.Terminal
	core int    // that it is lent to
	back []byte // what that has returned
}

type farTerminal struct {
	m    *Monitor
	core int // that has lent it
	keys
	number uint32
}

// keys is what has been typed and nobody has taken yet.
type keys struct {
	mu      sync.Mutex
	changed sync.Cond
	unread  []byte       // that was taken and given back
	typed   []byte       // behind that
	take    func([]byte) // who takes it at once, nil: nobody
	over    bool
}

// mostKeys bounds what has been typed, in bytes: more is lost.
const mostKeys = 4096

// add adds what has been typed.
func (k *keys) add(b []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.take != nil {
		k.take(b)
		return
	}
	k.typed = append(k.typed, b[:min(len(b), mostKeys-len(k.typed))]...)
	k.changed.Signal()
}

// Keys has a function take what is typed, and was.
func (k *keys) Keys(take func([]byte)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.take = take; take != nil && len(k.typed) > 0 {
		take(k.typed)
		k.typed = nil
	}
}

// Return gives back what somebody has taken and not read.
func (k *keys) Return(unread []byte) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.unread = append(unread, k.unread...)
}

// left takes all that nobody has read.
func (k *keys) left() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	b := append(k.unread, k.typed...)
	k.unread, k.typed = nil, nil
	return b
}

// next waits for something that has been typed, and returns nil at the end.
func (k *keys) next() []byte {
	k.mu.Lock()
	defer k.mu.Unlock()
	for len(k.typed) == 0 && !k.over {
		k.changed.Wait()
	}
	if k.over {
		return nil
	}
	b := k.typed
	k.typed = nil
	return b
}

// end has next return nil.
func (k *keys) end() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.over = true
	k.changed.Signal()
}

// pieces asks a core to take bytes of a terminal. With an error it returns those that the core has not been asked to take, or
// has refused.
func (m *Monitor) pieces(ctx context.Context, core int, d message.Request[terminalText, message.None], number uint32, b []byte) (left []byte, err error) {
	for len(b) > 0 {
		t := terminalText{Terminal: number}
		n := copy(t.Text[:], b)
		t.Count = uint32(n)
		if _, err := ask(ctx, m, core, d, askTime, t); err != nil {
			if _, refused := errors.AsType[message.Refusal](err); refused {
				return b, err
			}
			return b[n:], err
		}
		b = b[n:]
	}
	return nil, nil
}

// lend lends a terminal to a core, by a number, for a program that it is about to run. What is typed is
// told from when begin is called, until what is returned is.
func (m *Monitor) lend(ctx context.Context, core int, t console.Terminal) (number uint32, begin, end func()) {
	k := &keys{}
	k.changed.L = &k.mu
	m.wait(func() {
		m.programs.lastLent++
		number = m.programs.lastLent
		m.programs.lent[number] = lentTerminal{Terminal: t, core: core}
	})
	var telling sync.WaitGroup
	tell := func() {
		for b := k.next(); b != nil; b = k.next() {
			if left, err := m.pieces(ctx, core, askType, number, b); err != nil {
				k.Return(left)
				return
			}
		}
	}
	t.Keys(k.add)
	return number, func() { telling.Go(tell) }, func() {
		t.Keys(nil)
		k.end()
		telling.Wait()
		var back []byte
		m.wait(func() {
			back = m.programs.lent[number].back
			delete(m.programs.lent, number)
		})
		t.Return(append(back, k.left()...))
	}
}

// takeReturned takes what the core of a program returns that has ended.
func (m *Monitor) takeReturned(who client, t terminalText) (message.None, error) {
	l, there := m.programs.lent[t.Terminal]
	if !there || l.core != who.core || int(t.Count) > len(t.Text) || len(l.back)+int(t.Count) > 2*mostKeys {
		return message.None{}, errNoTerminal
	}
	l.back = append(l.back, t.Text[:t.Count]...)
	m.programs.lent[t.Terminal] = l
	return message.None{}, nil
}

// returnKeys has the terminal of a program that has ended be nobody's, and calls done when what nobody has read is back where
// it was typed.
func (m *Monitor) returnKeys(j *runningJob, done func()) {
	f := m.programs.far[j.far]
	delete(m.programs.far, j.far)
	if f == nil {
		done()
		return
	}
	left := f.left()
	if len(left) == 0 || j.killed {
		done()
		return
	}
	go func() {
		m.pieces(context.Background(), f.core, askBack, f.number, left)
		m.do(done)
	}()
}

// show shows what a program of another core has written.
func (m *Monitor) show(who client, t terminalText, done func(message.None, error)) {
	l, there := m.programs.lent[t.Terminal]
	if !there || l.core != who.core || int(t.Count) > len(t.Text) {
		done(message.None{}, errNoTerminal)
		return
	}
	go func() {
		_, err := l.Write(t.Text[:t.Count])
		m.do(func() { done(message.None{}, err) })
	}()
}

// farKey names a terminal that another core has lent.
type farKey struct {
	core   int
	number uint32
}

// takeTerminal makes known the terminal of a program that is about to begin.
func (m *Monitor) takeTerminal(core int, number uint32) *farTerminal {
	t := &farTerminal{m: m, core: core, number: number}
	t.changed.L = &t.mu
	m.programs.far[farKey{core, number}] = t
	return t
}

// Write has the core that has the screen show bytes. It waits until it has.
func (t *farTerminal) Write(b []byte) (int, error) {
	if _, err := t.m.pieces(context.Background(), t.core, askShow, t.number, b); err != nil {
		return 0, fmt.Errorf("the terminal of core %d: %w", t.core, err)
	}
	return len(b), nil
}

// typeText takes what was typed for a program of this core.
func (m *Monitor) typeText(who client, t terminalText) (message.None, error) {
	f := m.programs.far[farKey{who.core, t.Terminal}]
	if f == nil || int(t.Count) > len(t.Text) {
		return message.None{}, errNoTerminal
	}
	f.add(t.Text[:t.Count])
	return message.None{}, nil
}
