package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atoll/monitor/message"
	"atoll/monitor/skb"
)

// Bounds of a question to the knowledge base.
const (
	// KnowTime is how long one may take: a goal's own time, the gathering of round
	// trips, and another core that has to make the base anew.
	KnowTime = 10 * time.Second
	// knowGap is how long who asks waits where the two disagree about the lives.
	knowGap = 5 * time.Millisecond
)

// Goal has the knowledge base solve a goal and return at most so many rows (0 = all
// that an answer holds). Its error is a sentence. Not for the event loop.
func (m *Monitor) Goal(ctx context.Context, text string, most int) (skb.Result, error) {
	var token uint64
	m.wait(func() {
		k := &m.knowledge
		if k.asking == nil {
			k.asking = map[uint64]string{}
		}
		k.token++
		token = k.token
		k.asking[token] = text
	})
	defer m.do(func() { delete(m.knowledge.asking, token) })
	_, b, err := know(ctx, m, askGoal, goalQuestion{token, uint64(max(most, 0))})
	if err != nil {
		return skb.Result{}, err
	}
	return skb.ReadResult(b)
}

// Facts returns how many facts the knowledge base has of each predicate.
func (m *Monitor) Facts(ctx context.Context) (skb.Result, error) {
	_, b, err := know(ctx, m, askFacts, message.None{})
	if err != nil {
		return skb.Result{}, err
	}
	return skb.ReadResult(b)
}

// Tree is what the knowledge base says of sending to a set of cores. Where there is
// none, because its core has died or does not answer, there is unicast.
type Tree struct {
	Strategy skb.Strategy
	// Links are a spanning tree of the set, with which any of them can begin. They
	// come from another core: who uses them checks that.
	Links []skb.Link
}

// AskTree asks for the tree of a set of cores, one bit each. It takes at most the
// bound. Not for the event loop.
func (m *Monitor) AskTree(set uint64, bound time.Duration) (Tree, error) {
	ctx, end := context.WithTimeout(context.Background(), bound)
	defer end()
	head, links, err := know(ctx, m, askTree, treeQuestion{set})
	if err != nil {
		return Tree{}, err
	}
	if head.Strategy >= uint64(skb.NumStrategies) {
		return Tree{}, message.ErrShape
	}
	t := Tree{Strategy: skb.Strategy(head.Strategy)}
	for _, l := range links {
		t.Links = append(t.Links, skb.Link{Parent: int(l.Parent), Child: int(l.Child), Trip: l.Trip})
	}
	return t, nil
}

// know asks the knowledge base, wherever it is by then. What that answers with a
// sentence is a message.Refusal, also at its own core.
func know[Q any, A interface{ misplaced() bool }, R any](ctx context.Context, m *Monitor, d message.Stream[Q, A, R], q Q) (a A, list []R, err error) {
	ctx, end := context.WithTimeoutCause(ctx, KnowTime, fmt.Errorf("the knowledge base did not answer within %v", KnowTime))
	defer end()
	for {
		core := m.host()
		a, list, err = askStream(ctx, m, core, d, KnowTime, q)
		var refusal message.Refusal
		switch {
		case ctx.Err() != nil:
			return a, nil, context.Cause(ctx)
		case err != nil && (core == m.self || errors.As(err, &refusal) || errors.Is(err, message.ErrShape)), err == nil && !a.misplaced():
			return a, list, err
		}
		select { // its core has died, or one of us does not know yet that it lives
		case <-ctx.Done():
		case <-time.After(knowGap):
		}
	}
}

// wait has f called by the event loop, and returns after that.
func (m *Monitor) wait(f func()) {
	done := make(chan struct{})
	m.do(func() { f(); close(done) })
	<-done
}
