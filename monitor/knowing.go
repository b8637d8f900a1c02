package monitor

import (
	"context"
	"errors"
	"fmt"
	"time"

	"atoll/monitor/binding"
	"atoll/monitor/message"
	"atoll/monitor/route"
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
// that an answer holds), over a binding to the service of its name. Its error is a sentence.
// Not for the event loop.
func (m *Monitor) Goal(ctx context.Context, text string, most int) (skb.Result, error) {
	ctx, end := context.WithTimeoutCause(ctx, KnowTime, notKnown(KnowTime))
	defer end()
	for {
		b, err := m.bindKnowledge(ctx)
		if err == nil {
			r, misplaced, err := askGoal(ctx, b, text, most)
			b.Close()
			if !misplaced {
				return r, err
			}
		}
		select { // its core has died, or one of us does not know yet that it lives
		case <-ctx.Done():
			return skb.Result{}, context.Cause(ctx)
		case <-time.After(knowGap):
		}
	}
}

// bindKnowledge binds to the knowledge base by its name. While no view can change the name
// may be that of a core which is dead: then it is where it must be.
func (m *Monitor) bindKnowledge(ctx context.Context) (*binding.Binding, error) {
	e, err := m.Lookup(nameSKB)
	if err == nil && m.lives.get(int(e.Core)).State == Up {
		return m.Bind(ctx, int(e.Core), uint64(e.Number), bindTime)
	}
	return m.Bind(ctx, m.host(), knowledgeService, bindTime)
}

// notKnown ends a question to the knowledge base at its bound.
func notKnown(bound time.Duration) error {
	return fmt.Errorf("the knowledge base did not answer within %v", bound)
}

// Facts returns how many facts the knowledge base has of each predicate.
func (m *Monitor) Facts(ctx context.Context) (skb.Result, error) {
	_, b, err := know(ctx, m, askFacts, message.None{})
	if err != nil {
		return skb.Result{}, err
	}
	return skb.ReadResult(b)
}

// AskRoute asks for the best route over some cores, from any of them. It takes at
// most the bound. It always returns a route: where there is no answer, because the core
// that has the knowledge base has died or is slow, the error says so and the route is
// unicast. Not for the event loop.
func (m *Monitor) AskRoute(members route.Set, bound time.Duration) (*route.Route, error) {
	ctx, end := context.WithTimeoutCause(context.Background(), bound, notKnown(bound))
	defer end()
	r, err := m.askRoute(ctx, members)
	if err != nil {
		return route.Direct(route.Unicast, members), err
	}
	return r, nil
}

func (m *Monitor) askRoute(ctx context.Context, members route.Set) (*route.Route, error) {
	head, list, err := know(ctx, m, askTree, treeQuestion{uint64(members)})
	if err != nil {
		return nil, err
	}
	return m.routeOf(route.Strategy(min(head.Strategy, uint64(route.NumStrategies))), members, list)
}

// routeOf makes the route of a strategy, which is input, as the links are.
func (m *Monitor) routeOf(s route.Strategy, members route.Set, links []treeLink) (*route.Route, error) {
	switch s {
	case route.Unicast, route.Broadcast:
		return route.Direct(s, members), nil
	case route.TwoLevel:
		return m.twoLevel(members), nil
	case route.Measured:
		return treeOf(members, links)
	}
	return nil, message.ErrShape
}

// askMeasured asks for the tree, whatever the best route is.
func (m *Monitor) askMeasured(ctx context.Context, members route.Set) (*route.Route, error) {
	_, list, err := know(ctx, m, askTree, treeQuestion{uint64(members)})
	if err != nil {
		return nil, err
	}
	return treeOf(members, list)
}

// treeOf makes a route of links, which are input.
func treeOf(members route.Set, list []treeLink) (*route.Route, error) {
	var links []route.Link
	for _, l := range list {
		links = append(links, route.Link{A: int(l.Parent), B: int(l.Child)})
	}
	return route.NewTree(members, links)
}

// know asks the knowledge base, wherever it is by then. What that answers with a
// sentence is a message.Refusal, also at its own core.
func know[Q any, A interface{ misplaced() bool }, R any](ctx context.Context, m *Monitor, d message.Stream[Q, A, R], q Q) (a A, list []R, err error) {
	ctx, end := context.WithTimeoutCause(ctx, KnowTime, notKnown(KnowTime))
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
