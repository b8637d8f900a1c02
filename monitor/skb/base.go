package skb

import (
	"context"
	_ "embed"
	"fmt"
	"time"

	"github.com/ichiban/prolog/engine"
)

//go:embed prelude.pl
var prelude string

//go:embed policy.pl
var policy string

// Base is a knowledge base. It belongs to one goroutine.
type Base struct {
	vm     engine.VM
	words  words
	steps  int           // that a goal may take
	span   time.Duration // that it may take
	tables []*table
	facts
}

// New makes a base without facts. It takes a few milliseconds.
func New() (*Base, error) {
	b := &Base{words: words{}, steps: maxSteps, span: maxTime}
	for _, n := range natives {
		register(&b.vm, n.name, n.arity, n.f)
	}
	b.facts.init(b)
	b.vm.Register3(engine.NewAtom("op"), engine.Op)
	for _, text := range []string{prelude, policy} {
		if err := b.vm.Compile(context.Background(), text); err != nil {
			return nil, fmt.Errorf("the policies cannot be read: %w", err)
		}
	}
	b.vm.Register3(engine.NewAtom("op"), func(_ *engine.VM, _, _, _ engine.Term, _ engine.Cont, env *engine.Env) *engine.Promise {
		return engine.Error(unknown("op", 3))
	})
	return b, nil
}

// table makes the facts of a predicate known.
func (b *Base) table(name string, arity int) *table {
	t := newTable(name, arity)
	b.tables = append(b.tables, t)
	register(&b.vm, name, arity, t.call)
	return t
}
