package monitor

import (
	"context"
	"errors"
	"time"

	"atoll/monitor/binding"
	"atoll/monitor/message"
	"atoll/monitor/skb"
)

// The knowledge base is a service: who has a goal binds to the name skb and sends it. The
// answer is the rows, as bytes (package skb). A binding takes one goal after another.

// knowledgeService is its number.
const knowledgeService = 2

// Types of messages of the service.
const (
	goalAsked    uint16 = 1 + iota // head: most rows, 0 = all; the goal's text
	goalAnswered                   // head: one of these; rows or a sentence
)

const (
	goalSolved    uint64 = iota
	goalRefused          // the sentence says why
	goalMisplaced        // this core does not run the knowledge base
)

// Bounds of the service.
const (
	// maxGoal is how many bytes of a goal are taken at all, so that one that is too long
	// gets its sentence.
	maxGoal = 4096
	// goalLook is how often it looks whether who has asked still waits.
	goalLook = 50 * time.Millisecond
	// maxAnswer bounds the bytes of an answer.
	maxAnswer = 1 << 20
)

// serveKnowledge serves one binding.
func (m *Monitor) serveKnowledge(b *binding.Binding) {
	defer b.Close()
	for {
		typ, head, text, err := recvText(b, maxGoal, serveRest, serveTime)
		if errors.Is(err, binding.ErrTimeout) {
			continue
		}
		if err != nil || typ != goalAsked {
			return
		}
		status, answer := m.solve(b, string(text), int(min(head[0], skb.MaxRows)))
		if sendText(b, goalAnswered, textHead{status}, answer, serveTime) != nil {
			return
		}
	}
}

// solve has a goal solved for the other end of a binding, as long as that waits.
func (m *Monitor) solve(b *binding.Binding, text string, most int) (status uint64, answer []byte) {
	type outcome struct {
		head knownHead
		err  error
	}
	done := make(chan outcome, 1)
	who := client{core: b.Core, id: bindingID | uint32(m.bindings.next.Add(1))}
	m.do(func() {
		m.knowledge.ask(m, question{who,
			func() (err error) { answer, err = m.knowledge.solve(text, most); return err },
			func(h knownHead, err error) { done <- outcome{h, err} }})
	})
	look := time.NewTicker(goalLook)
	defer look.Stop()
	for {
		select {
		case o := <-done:
			switch {
			case o.head.misplaced():
				return goalMisplaced, nil
			case o.err != nil:
				return goalRefused, []byte(o.err.Error())
			}
			return goalSolved, answer
		case <-look.C:
			if b.Err() != nil {
				m.do(func() { m.cancel(who.same, errCancelled) })
				return goalRefused, nil
			}
		}
	}
}

// bindingID marks the ids of clients that have a binding; those of requests count from 0.
const bindingID = 1 << 31

// askGoal asks over a binding. misplaced is true if the other end does not run the
// knowledge base, or has ended.
func askGoal(ctx context.Context, b *binding.Binding, text string, most int) (r skb.Result, misplaced bool, err error) {
	stop := context.AfterFunc(ctx, func() { b.End(context.Cause(ctx)) })
	defer stop()
	err = sendText(b, goalAsked, textHead{uint64(max(most, 0))}, []byte(text), serveTime)
	if err != nil {
		return r, true, err
	}
	typ, head, answer, err := recvText(b, maxAnswer, KnowTime, serveTime)
	switch {
	case errors.Is(err, errTorn) || err == nil && typ != goalAnswered:
		return r, false, message.ErrShape
	case err != nil:
		return r, true, err
	case head[0] == goalSolved:
		r, err = skb.ReadResult(answer)
		return r, false, err
	case head[0] == goalRefused:
		return r, false, message.Refusal(answer)
	}
	return r, true, nil
}
