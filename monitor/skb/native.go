package skb

import (
	"context"
	"fmt"
	"slices"

	"github.com/ichiban/prolog/engine"
)

// native is a predicate in Go.
type native func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise

// natives are the predicates that a goal may use besides those of the prelude, the
// policies and the facts. The engine has many more (files, streams, the database,
// operators, atoms made of text, exceptions): what is not listed does not exist.
var natives = []struct {
	name  string
	arity int
	f     native
}{
	{"=", 2, unify},
	{"call", 1, func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		return engine.Call(vm, a[0], k, env)
	}},
	{`\+`, 1, func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		return engine.Negate(vm, a[0], k, env)
	}},
	{"findall", 3, collect(engine.FindAll)},
	{"setof", 3, collect(engine.SetOf)},
	{"bagof", 3, collect(engine.BagOf)},
	{"var", 1, test(engine.TypeVar)},
	{"atom", 1, test(engine.TypeAtom)},
	{"integer", 1, test(engine.TypeInteger)},
	{"float", 1, test(engine.TypeFloat)},
	{"compound", 1, test(engine.TypeCompound)},
	{"compare", 3, func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		return engine.Compare(vm, a[0], a[1], a[2], k, env)
	}},
	{"sort", 2, outward(engine.Sort)},
	{"keysort", 2, outward(engine.KeySort)},
	{"is", 2, func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		return engine.Is(vm, a[0], a[1], k, env)
	}},
	{"=:=", 2, relation(engine.Equal)},
	{`=\=`, 2, relation(engine.NotEqual)},
	{"<", 2, relation(engine.LessThan)},
	{"=<", 2, relation(engine.LessThanOrEqual)},
	{">", 2, relation(engine.GreaterThan)},
	{">=", 2, relation(engine.GreaterThanOrEqual)},
	{"between", 3, func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		return engine.Between(vm, a[0], a[1], a[2], k, env)
	}},
	{"length", 2, length},
	{"append", 3, join},
	{"member", 2, member},
	{"most", 2, most},
}

// unify never makes a cyclic term: many functions of the engine would follow one
// until the stack ends, which no Go program survives.
func unify(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
	return engine.UnifyWithOccursCheck(vm, a[0], a[1], k, env)
}

// collect guards findall/3 and its relatives, whose own unification with the
// result does not look for cycles.
func collect(f engine.Predicate3) native {
	return func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		list := engine.NewVariable()
		return f(vm, a[0], a[1], list, func(env *engine.Env) *engine.Promise {
			return guarded(vm, []engine.Term{a[2], list}, unify, k, env)
		}, env)
	}
}

// outward guards a predicate whose second argument is its result.
func outward(f engine.Predicate2) native {
	return func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		out := engine.NewVariable()
		return f(vm, a[0], out, func(env *engine.Env) *engine.Promise {
			return guarded(vm, []engine.Term{a[1], out}, unify, k, env)
		}, env)
	}
}

func test(f engine.Predicate1) native {
	return func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		return f(vm, a[0], k, env)
	}
}

func relation(f engine.Predicate2) native {
	return func(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
		return f(vm, a[0], a[1], k, env)
	}
}

// elements returns what a proper list holds.
func elements(list engine.Term, env *engine.Env) ([]engine.Term, error) {
	var all []engine.Term
	iter := engine.ListIterator{List: list, Env: env}
	for iter.Next() {
		all = append(all, iter.Current())
	}
	return all, iter.Err()
}

// length of a list that is one: it makes none.
func length(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
	all, err := elements(a[0], env)
	if err != nil {
		return engine.Error(err)
	}
	return unify(vm, []engine.Term{a[1], engine.Integer(len(all))}, k, env)
}

// join is append/3 with a first argument that is a list.
func join(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
	all, err := elements(a[0], env)
	if err != nil {
		return engine.Error(err)
	}
	return unify(vm, []engine.Term{a[2], engine.PartialList(a[1], all...)}, k, env)
}

// member gives the elements of a list one after the other.
func member(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
	all, err := elements(a[1], env)
	if err != nil {
		return engine.Error(err)
	}
	return choices(all, func(e engine.Term) *engine.Promise {
		return unify(vm, []engine.Term{a[0], e}, k, env)
	})
}

// most is the last element of a list in the standard order of terms.
func most(vm *engine.VM, a []engine.Term, k engine.Cont, env *engine.Env) *engine.Promise {
	all, err := elements(a[0], env)
	if err != nil {
		return engine.Error(err)
	}
	if len(all) == 0 {
		return engine.Bool(false)
	}
	last := slices.MaxFunc(all, func(x, y engine.Term) int { return env.Resolve(x).Compare(env.Resolve(y), env) })
	return unify(vm, []engine.Term{a[1], last}, k, env)
}

// choices tries one thing after the other.
func choices[T any](list []T, try func(T) *engine.Promise) *engine.Promise {
	if len(list) == 0 {
		return engine.Bool(false)
	}
	ks := make([]func(context.Context) *engine.Promise, len(list))
	for i, e := range list {
		ks[i] = func(context.Context) *engine.Promise { return try(e) }
	}
	return engine.Delay(ks...)
}

// guarded calls a native once its arguments are known to be small enough for the
// engine, whose functions recurse over terms. It returns to the engine's loop
// first, so that the stack does not grow with the length of a goal.
func guarded(vm *engine.VM, a []engine.Term, f native, k engine.Cont, env *engine.Env) *engine.Promise {
	return engine.Delay(func(context.Context) *engine.Promise {
		if err := measure(a, env); err != nil {
			return engine.Error(err)
		}
		return f(vm, a, k, env)
	})
}

// register makes a native known to the engine.
func register(vm *engine.VM, name string, arity int, f native) {
	n := engine.NewAtom(name)
	type (
		T = engine.Term
		P = *engine.Promise
	)
	g := func(vm *engine.VM, k engine.Cont, env *engine.Env, a ...T) P { return guarded(vm, a, f, k, env) }
	switch arity {
	case 0:
		vm.Register0(n, func(vm *engine.VM, k engine.Cont, e *engine.Env) P { return g(vm, k, e) })
	case 1:
		vm.Register1(n, func(vm *engine.VM, a T, k engine.Cont, e *engine.Env) P { return g(vm, k, e, a) })
	case 2:
		vm.Register2(n, func(vm *engine.VM, a, b T, k engine.Cont, e *engine.Env) P { return g(vm, k, e, a, b) })
	case 3:
		vm.Register3(n, func(vm *engine.VM, a, b, c T, k engine.Cont, e *engine.Env) P { return g(vm, k, e, a, b, c) })
	case 4:
		vm.Register4(n, func(vm *engine.VM, a, b, c, d T, k engine.Cont, e *engine.Env) P { return g(vm, k, e, a, b, c, d) })
	case 5:
		vm.Register5(n, func(vm *engine.VM, a, b, c, d, f T, k engine.Cont, e *engine.Env) P {
			return g(vm, k, e, a, b, c, d, f)
		})
	case 6:
		vm.Register6(n, func(vm *engine.VM, a, b, c, d, f, h T, k engine.Cont, e *engine.Env) P {
			return g(vm, k, e, a, b, c, d, f, h)
		})
	default:
		panic(fmt.Sprintf("skb: no predicate %s has %d arguments", name, arity))
	}
}
