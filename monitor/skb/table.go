package skb

import "github.com/ichiban/prolog/engine"

// A table holds the facts of one predicate: atoms and numbers, in the order in
// which they were added, found by their first one or two. Goals read it as they
// would read clauses. They cannot change it.
type table struct {
	name  string
	arity int
	rows  [][]engine.Term
	first map[engine.Term][]int    // rows by their first argument
	pair  map[[2]engine.Term][]int // by their first two
}

func newTable(name string, arity int) *table {
	t := &table{name: name, arity: arity}
	t.clear()
	return t
}

// clear forgets all facts.
func (t *table) clear() {
	t.rows = nil
	t.first, t.pair = map[engine.Term][]int{}, map[[2]engine.Term][]int{}
}

// add takes a fact, of numbers and text.
func (t *table) add(values ...any) {
	row := make([]engine.Term, len(values))
	for i, v := range values {
		switch v := v.(type) {
		case int:
			row[i] = engine.Integer(v)
		case uint32:
			row[i] = engine.Integer(v)
		case uint64:
			row[i] = engine.Integer(v)
		case string:
			row[i] = engine.NewAtom(v)
		default:
			panic("skb: a fact holds numbers and text only")
		}
	}
	if len(row) != t.arity {
		panic("skb: " + t.name + " has another number of arguments")
	}
	t.first[row[0]] = append(t.first[row[0]], len(t.rows))
	if t.arity > 2 { // else there is little to skip
		key := [2]engine.Term{row[0], row[1]}
		t.pair[key] = append(t.pair[key], len(t.rows))
	}
	t.rows = append(t.rows, row)
}

// call gives the facts that the arguments fit, one after the other. Facts are
// atomic, so that unifying with them makes no cycle.
func (t *table) call(_ *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
	var fits [][]engine.Term
	try := func(row []engine.Term) {
		for i, v := range row {
			if w := env.Resolve(a[i]); !free(w) && (!atomic(w) || w != v) {
				return
			}
		}
		fits = append(fits, row)
	}
	switch key := env.Resolve(a[0]); {
	case t.arity > 2 && atomic(key) && atomic(env.Resolve(a[1])):
		for _, i := range t.pair[[2]engine.Term{key, env.Resolve(a[1])}] {
			try(t.rows[i])
		}
	case atomic(key):
		for _, i := range t.first[key] {
			try(t.rows[i])
		}
	case free(key):
		for _, row := range t.rows {
			try(row)
		}
	}
	return choices(fits, func(row []engine.Term) *engine.Promise {
		e, ok := env, true
		for i, v := range row {
			if e, ok = e.Unify(a[i], v); !ok {
				return engine.Bool(false) // one variable stands for two arguments
			}
		}
		return k(e)
	})
}

func free(t engine.Term) bool {
	_, ok := t.(engine.Variable)
	return ok
}

// atomic reports whether a term can be what a table holds, and so a map's key.
func atomic(t engine.Term) bool {
	switch t.(type) {
	case engine.Atom, engine.Integer:
		return true
	}
	return false
}
