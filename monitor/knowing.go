package monitor

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"

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
	words, err := m.know(ctx, opGoal, token, uint64(max(most, 0)))
	if err != nil {
		return skb.Result{}, err
	}
	return readResult(words)
}

// Facts returns how many facts the knowledge base has of each predicate.
func (m *Monitor) Facts(ctx context.Context) (skb.Result, error) {
	words, err := m.know(ctx, opFacts)
	if err != nil {
		return skb.Result{}, err
	}
	return readResult(words)
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
	words, err := m.know(ctx, opTree, set)
	if err != nil {
		return Tree{}, err
	}
	if len(words) == 0 || words[0] >= uint64(skb.NumStrategies) {
		return Tree{}, errShape
	}
	t := Tree{Strategy: skb.Strategy(words[0])}
	for _, w := range words[1:] {
		t.Links = append(t.Links, skb.Link{Parent: int(w & 0xff), Child: int(w >> 8 & 0xff), Trip: w >> 16})
	}
	return t, nil
}

// errRefused marks the sentences that the knowledge base answers with.
var errRefused = errors.New("refused")

type refusedError string

func (e refusedError) Error() string      { return string(e) }
func (refusedError) Is(target error) bool { return target == errRefused }

// know asks the knowledge base, wherever it is by then.
func (m *Monitor) know(ctx context.Context, op Op, args ...uint64) ([]uint64, error) {
	ctx, end := context.WithTimeoutCause(ctx, KnowTime, fmt.Errorf("the knowledge base did not answer within %v", KnowTime))
	defer end()
	for {
		core := m.host()
		words, err := m.call(ctx, core, op, KnowTime, args...)
		switch {
		case ctx.Err() != nil:
			return nil, context.Cause(ctx)
		case err != nil && core == m.self:
			return nil, err
		case err == nil && len(words) == 0:
			return nil, errShape
		case err == nil && words[0] == answered:
			return words[1:], nil
		case err == nil && words[0] == refused:
			b, err := wordsBytes(words[1:])
			if err == nil {
				err = refusedError(b)
			}
			return nil, err
		}
		select { // its core has died, or one of us does not know yet that it lives
		case <-ctx.Done():
		case <-time.After(knowGap):
		}
	}
}

func readResult(words []uint64) (skb.Result, error) {
	b, err := wordsBytes(words)
	if err != nil {
		return skb.Result{}, err
	}
	return skb.ReadResult(b)
}

// bytesWords and wordsBytes carry bytes in words behind their number.
func bytesWords(b []byte) []uint64 {
	words := make([]uint64, 1, 2+len(b)/8)
	words[0] = uint64(len(b))
	for ; len(b) >= 8; b = b[8:] {
		words = append(words, binary.LittleEndian.Uint64(b))
	}
	var rest [8]byte
	copy(rest[:], b)
	return append(words, binary.LittleEndian.Uint64(rest[:]))
}

func wordsBytes(words []uint64) ([]byte, error) {
	if len(words) == 0 || words[0] > uint64(8*(len(words)-1)) {
		return nil, errShape
	}
	n := words[0]
	var b []byte
	for _, w := range words[1:] {
		b = binary.LittleEndian.AppendUint64(b, w)
	}
	return b[:n], nil
}

// wait has f called by the event loop, and returns after that.
func (m *Monitor) wait(f func()) {
	done := make(chan struct{})
	m.do(func() { f(); close(done) })
	<-done
}
