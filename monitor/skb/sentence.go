package skb

import (
	"errors"
	"fmt"

	"github.com/ichiban/prolog/engine"
)

// unknown is the error of a predicate that does not exist.
func unknown(name string, arity int) error {
	return fmt.Errorf("there is no predicate %s/%d", name, arity)
}

// sentence says what an error of the engine means.
func sentence(err error) error {
	var e engine.Exception
	if err == nil || !errors.As(err, &e) {
		return err
	}
	outer, ok := e.Term().(engine.Compound)
	if !ok || outer.Functor().String() != "error" || outer.Arity() == 0 {
		return fmt.Errorf("the goal failed with %v", e)
	}
	name, args := parts(outer.Arg(0))
	switch {
	case name == "existence_error" && len(args) == 2:
		return fmt.Errorf("there is no predicate %s", args[1])
	case name == "instantiation_error":
		return fmt.Errorf("a variable has no value where one is needed%s", where(outer))
	case name == "type_error" && len(args) == 2:
		return fmt.Errorf("%s is no %s%s", args[1], args[0], where(outer))
	case name == "domain_error" && len(args) == 2:
		return fmt.Errorf("%s is not a %s%s", args[1], args[0], where(outer))
	case name == "evaluation_error" && len(args) == 1:
		return fmt.Errorf("arithmetic: %s%s", args[0], where(outer))
	case name == "resource_error" && len(args) == 1:
		return errors.New("the goal needs more memory than there is")
	}
	return fmt.Errorf("the goal failed with %v", e)
}

// parts takes a term apart.
func parts(t engine.Term) (name string, args []string) {
	switch t := t.(type) {
	case engine.Atom:
		return t.String(), nil
	case engine.Compound:
		for i := range t.Arity() {
			args = append(args, short(t.Arg(i)))
		}
		return t.Functor().String(), args
	}
	return "", nil
}

// where names the predicate in which it happened, if the engine has told.
func where(outer engine.Compound) string {
	if outer.Arity() < 2 {
		return ""
	}
	if pi, ok := outer.Arg(1).(engine.Compound); ok && pi.Arity() == 2 {
		return fmt.Sprintf(" (in %s)", short(pi))
	}
	return ""
}

// short writes a small term, and cuts a large one.
func short(t engine.Term) string {
	const most = 60
	if measure([]engine.Term{t}, nil) != nil {
		return "a large term"
	}
	w := &limited{}
	var vm engine.VM
	slash := engine.NewAtom("/")
	if c, ok := t.(engine.Compound); ok && c.Functor() == slash && c.Arity() == 2 {
		return short(c.Arg(0)) + "/" + short(c.Arg(1))
	}
	_, _ = engine.WriteTerm(&vm, engine.NewOutputTextStream(w), t, quoted, engine.Success, nil).Force(newMeter(maxSteps, maxTime))
	s := w.b.String()
	if len(s) > most {
		return s[:most] + "..."
	}
	return s
}
