package skb

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"time"

	"github.com/ichiban/prolog/engine"
)

// Bounds of a goal. The stack that the engine needs for a term of maxDepth fits
// into what an instance of the least size allows a goroutine (TestStack).
const (
	maxText  = 1000 // bytes of a goal's text
	maxNodes = 8192 // atoms, numbers, variables and functors of one term
	maxDepth = 512  // how deep it may nest; a list nests once for each element
	maxSteps = 300_000
	maxTime  = 3 * time.Second
	// maxHeap is how much a goal may add to the instance's heap, at most; less where
	// the instance has little.
	maxHeap = 16 << 20
)

var errLarge = fmt.Errorf("the goal makes a term of more than %d parts, or one nested more than %d deep", maxNodes, maxDepth)

// measure looks at terms without recursion and fails if they are too large. A term
// that occurs twice counts twice, as the engine walks it twice.
func measure(terms []engine.Term, env *engine.Env) error {
	type item struct {
		t     engine.Term
		depth int
	}
	var first [16]item
	stack := first[:0]
	for _, t := range terms {
		stack = append(stack, item{t, 0})
	}
	nodes := 0
	for len(stack) > 0 {
		top := stack[len(stack)-1]
		stack = stack[:len(stack)-1]
		if nodes++; nodes > maxNodes || top.depth > maxDepth {
			return errLarge
		}
		c, ok := env.Resolve(top.t).(engine.Compound)
		if !ok {
			continue
		}
		if nodes+len(stack)+c.Arity() > maxNodes {
			return errLarge
		}
		for i := c.Arity() - 1; i >= 0; i-- {
			stack = append(stack, item{c.Arg(i), top.depth + 1})
		}
	}
	return nil
}

// meter is the context of a goal. The engine's loop, and every loop nested in it,
// asks it before each step whether to end.
type meter struct {
	context.Context
	steps  int
	most   int // steps
	span   time.Duration
	until  time.Time
	heap   uint64 // of the whole instance, bytes, beyond which the goal ends
	budget uint64
	why    error
}

var ended = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

func newMeter(steps int, span time.Duration) *meter {
	m := &meter{Context: context.Background(), most: steps, span: span, until: time.Now().Add(span), budget: maxHeap}
	m.budget = min(m.budget, uint64(debug.SetMemoryLimit(-1))/4)
	m.heap = heapBytes() + m.budget
	return m
}

// Done is called before each step.
func (m *meter) Done() <-chan struct{} {
	if m.why == nil {
		m.steps++
		m.why = m.check()
	}
	if m.why != nil {
		return ended
	}
	return nil
}

func (m *meter) Err() error { return m.why }

var errHeap = errors.New("the goal needs more memory than a goal is given, and was ended")

// The clock and the heap are looked at once in so many steps.
const (
	clockSteps = 64
	heapSteps  = 1024
)

func (m *meter) check() error {
	switch {
	case m.steps > m.most:
		return fmt.Errorf("the goal is not done after %d steps, and was ended", m.most)
	case m.steps%clockSteps == 0 && time.Now().After(m.until):
		return fmt.Errorf("the goal is not done after %v, and was ended", m.span)
	case m.steps%heapSteps == 0 && heapBytes() > m.heap:
		// Most of it may be garbage. What is collected takes many steps to make, so
		// this does not happen often.
		if runtime.GC(); heapBytes() > m.heap-m.budget/2 {
			return errHeap
		}
	}
	return nil
}

// heapBytes is the size of the heap's objects, dead ones that have not been swept
// included.
func heapBytes() uint64 {
	s := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
	metrics.Read(s)
	return s[0].Value.Uint64()
}
