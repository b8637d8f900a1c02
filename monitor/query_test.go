package monitor

import (
	"context"
	"time"

	"atoll/monitor/message"
)

// query is ask without a context.
func query[Q, A any](m *Monitor, core int, d message.Request[Q, A], bound time.Duration, q Q) (A, error) {
	return ask(context.Background(), m, core, d, bound, q)
}

// queryNumber is query for a test that does not care for types: the question is words.
func queryNumber(ctx context.Context, m *Monitor, core int, number uint16, bound time.Duration, words ...uint64) error {
	var w [message.Words]uint64
	copy(w[1:], words)
	_, err := m.await(ctx, core, number, w, message.MaxAnswer, bound)
	return err
}
