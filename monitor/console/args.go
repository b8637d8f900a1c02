package console

import (
	"errors"
	"fmt"
	"slices"
	"strconv"

	"atoll/boot/plan"
)

// number reads a whole number from least to most; what names it in a sentence.
func number(what, text string, least, most int) (int, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, Usagef("the %s must be a number, not %s", what, quote(text))
	case err != nil || n < int64(least) || n > int64(most):
		return 0, Usagef("the %s must be from %d to %d, not %s", what, least, most, quote(text))
	}
	return int(n), nil
}

// core reads the number of a core of the plan.
func (c *Call) core(text string) (int, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	cores := int64(coreCount(c.Sys.Plan()))
	switch {
	case err != nil && !errors.Is(err, strconv.ErrRange):
		return 0, Usagef("a core is given by its number, not by %s", quote(text))
	case err != nil || n < 0 || n >= cores:
		return 0, Usagef("there is no core %s; this machine has %s", quote(text), coreRange(int(cores)))
	}
	return int(n), nil
}

// coreRange names the cores of a machine that has n of them.
func coreRange(n int) string {
	if n == 1 {
		return "core 0 only"
	}
	return fmt.Sprintf("cores 0 to %d", n-1)
}

// living reads the number of a core and checks that it lives.
func (c *Call) living(text string) (int, error) {
	n, err := c.core(text)
	if err == nil {
		err = c.up(n)
	}
	return n, err
}

// up checks that a core lives.
func (c *Call) up(core int) error {
	if !slices.Contains(c.Sys.Alive(), core) {
		return fmt.Errorf("core %d is not up", core)
	}
	return nil
}

// alone reports whether no other core lives.
func (c *Call) alone() bool {
	self := c.Sys.Self()
	return !slices.ContainsFunc(c.Sys.Alive(), func(n int) bool { return n != self })
}

// pair reads two different living cores.
func (c *Call) pair(a, b string) (from, to int, err error) {
	if from, err = c.core(a); err != nil {
		return 0, 0, err
	}
	if to, err = c.core(b); err != nil {
		return 0, 0, err
	}
	if from == to {
		return 0, 0, Usagef("core %d has no channel to itself to measure; give two different cores", from)
	}
	for _, n := range []int{from, to} {
		if err := c.up(n); err != nil {
			return 0, 0, err
		}
	}
	return from, to, nil
}

// none checks that no argument from the n-th on is left over.
func (c *Call) none(n int) error {
	if len(c.Args) > n {
		return Usagef("unexpected argument %s; see help %s", quote(c.Args[n]), c.command.Name)
	}
	return nil
}

// cores are the living cores that a command is about: the one core that its
// only argument names, or all.
func (c *Call) cores() ([]int, error) {
	if err := c.none(1); err != nil {
		return nil, err
	}
	if len(c.Args) == 0 {
		return c.Sys.Alive(), nil
	}
	n, err := c.living(c.Args[0])
	if err != nil {
		return nil, err
	}
	return []int{n}, nil
}

// coreCount is the number of cores in the plan.
func coreCount(p *plan.Plan) int { return min(int(p.NCores), plan.MaxCores) }

// coreNumbers completes the number of a living core, for the first most
// arguments.
func coreNumbers(most int) func(System, []string) []string {
	return func(sys System, args []string) []string {
		if len(args) >= most {
			return nil
		}
		var names []string
		for _, n := range sys.Alive() {
			names = append(names, strconv.Itoa(n))
		}
		return names
	}
}
