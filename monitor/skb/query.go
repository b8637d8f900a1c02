package skb

import (
	"errors"
	"fmt"
	"io"
	"strings"

	"github.com/ichiban/prolog/engine"
)

// Bounds of an answer.
const (
	MaxRows  = 256
	maxCell  = 4000 // bytes of one value
	maxTotal = 128 << 10
)

// Result is what a goal has: a row for each solution, a column for each variable
// that has a name of its own.
type Result struct {
	Vars []string
	Rows [][]string
	Cut  bool // there are more rows than were asked for or than an answer holds
}

// Query solves a goal and returns at most most solutions (0 = MaxRows). It ends
// within maxTime and some memory, whatever the goal is; its error is a sentence.
func (b *Base) Query(text string, most int) (r Result, err error) {
	if most <= 0 || most > MaxRows {
		most = MaxRows
	}
	g, err := b.read(text)
	if err != nil {
		return Result{}, err
	}
	for _, v := range g.vars {
		r.Vars = append(r.Vars, v.name)
	}
	total := 0
	err = b.solve(g.term, func(env *engine.Env) bool {
		if len(r.Rows) == most || total > maxTotal {
			r.Cut = true
			return false
		}
		row := make([]string, len(g.vars))
		for i, v := range g.vars {
			row[i] = b.text(v.v, env)
			total += len(row[i])
		}
		r.Rows = append(r.Rows, row)
		return len(g.vars) > 0 // one yes is as good as many
	})
	return r, err
}

// goal is a goal as it was read.
type goal struct {
	term engine.Term
	vars []variable
}

type variable struct {
	name string
	v    engine.Variable
}

// read reads a goal from outside.
func (b *Base) read(text string) (goal, error) {
	if len(text) > maxText {
		return goal{}, fmt.Errorf("a goal has at most %d bytes, not %d", maxText, len(text))
	}
	if err := b.words.learn(text); err != nil {
		return goal{}, err
	}
	return b.parse(text)
}

// parse reads one term. Its full stop may be left out.
func (b *Base) parse(text string) (g goal, err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the goal cannot be read: %v", r)
		}
	}()
	text = strings.TrimSpace(text)
	if text == "" || text == "." {
		return g, errors.New("there is no goal")
	}
	if !strings.HasSuffix(text, ".") {
		text += " ."
	}
	r := strings.NewReader(text + "\n")
	p := engine.NewParser(&b.vm, r)
	if g.term, err = p.Term(); err != nil {
		return g, syntaxSentence(err, text, text[:min(len(text), len(text)+1-r.Len())])
	}
	if p.More() {
		return g, errors.New("syntax: something stands behind the goal's full stop; give one goal at a time")
	}
	for _, v := range p.Vars {
		if name := v.Name.String(); !strings.HasPrefix(name, "_") {
			g.vars = append(g.vars, variable{name, v.Variable})
		}
	}
	return g, nil
}

// solve calls each with every solution until it says no or there is none left.
func (b *Base) solve(t engine.Term, each func(*engine.Env) bool) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the goal broke off: %v", r)
		}
	}()
	m := newMeter(b.steps, b.span)
	p := guarded(&b.vm, []engine.Term{t}, func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		return engine.Call(vm, a[0], k, env)
	}, func(env *engine.Env) *engine.Promise { return engine.Bool(!each(env)) }, nil)
	if _, err = p.Force(m); m.why != nil {
		return m.why
	}
	return sentence(err)
}

// ask solves a goal of this package and returns the named variables' values, which
// have to be atomic.
func (b *Base) ask(text string, names ...string) (rows [][]engine.Term, err error) {
	g, err := b.parse(text)
	if err != nil {
		return nil, err
	}
	err = b.solve(g.term, func(env *engine.Env) bool {
		row := make([]engine.Term, len(names))
		for i, name := range names {
			for _, v := range g.vars {
				if v.name == name {
					row[i] = env.Resolve(v.v)
				}
			}
		}
		rows = append(rows, row)
		return true
	})
	return rows, err
}

// text writes a value, or says that it is too large to.
func (b *Base) text(t engine.Term, env *engine.Env) string {
	if err := measure([]engine.Term{t}, env); err != nil {
		return "(too large to print)"
	}
	w := &limited{}
	p := engine.WriteTerm(&b.vm, engine.NewOutputTextStream(w), t, quoted, engine.Success, env)
	if _, err := p.Force(newMeter(maxSteps, maxTime)); err != nil && !w.full {
		return "(cannot be printed)"
	}
	if w.full {
		w.b.WriteString("...")
	}
	return w.b.String()
}

var quoted = engine.List(engine.NewAtom("quoted").Apply(engine.NewAtom("true")))

// limited takes so many bytes and no more.
type limited struct {
	b    strings.Builder
	full bool
}

func (w *limited) Write(p []byte) (int, error) {
	if w.full || w.b.Len()+len(p) > maxCell {
		w.full = true
		return 0, io.ErrShortWrite
	}
	return w.b.Write(p)
}
