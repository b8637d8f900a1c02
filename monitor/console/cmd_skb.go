package console

import (
	"strconv"
	"strings"
	"time"
)

// Knowledge is what commands can ask of the system knowledge base.
type Knowledge interface {
	// Goal solves a goal and returns at most so many rows, 0 = all that an answer
	// holds. What is wrong with the goal is an error of Usagef.
	Goal(text string, most int) (Answer, error)
	// Facts counts the facts of each predicate.
	Facts() (Answer, error)
	// Measure has a core measure its round trips to all other living cores.
	Measure(core int) ([]Trip, error)
}

// Answer is a table: a column for each variable, a row for each solution.
type Answer struct {
	Vars []string
	Rows [][]string
	Cut  bool // there are more rows
}

// Trip is the least round trip between two cores.
type Trip struct {
	From, To int
	Least    time.Duration
}

var skbCommand = Command{
	Name:     "skb",
	Synopsis: "goal|facts|measure",
	Summary:  "ask the system knowledge base, in Prolog",
	JSON:     true,
	Flags:    []Flag{{Name: "n", Value: "rows", Help: "print at most so many rows"}},
	Help: `skb 'core(C, H, N).' prints a row for each solution and a column for each variable
whose name does not begin with _. The goal may do without its quotes and its full
stop; it needs double quotes if it has a semicolon, a word that begins with a dash,
or two spaces in a row.
The facts are core(Core, Hart, Node), memory(Core, Part, Base, Bytes), device(Path,
PlannedOwner, Kind, Base, IRQ, Compatible), routed(Path, Controller), controller(
Controller, Path, PlannedOwner, Sources), reaches(Controller, Core), console(Path),
cache(Core, Level, Kind, Bytes), distance(Node, Node, Distance), alive(Core,
Incarnation), held(Path, Core, Incarnation), console_core(Core),
rtt(From, To, Nanoseconds), far(Core, Core, Nanoseconds), rtt_range(Least, Most),
cost(Core, Word, Nanoseconds) and cost(Word, Nanoseconds), the words being send,
receive and fetch.
Some of the policies over them are owner(Path, Core), successor(Path, Core),
succession(Path, Cores), handover(Path, From, To, Steps), multicast_tree(Links),
strategy(Number, Word), groups(Cores, Groups) and living(Cores).
A goal that does not end is ended. None can change or reach anything.
skb facts counts the facts. skb measure has all cores, or one, measure their round
trips now; when idle they do it by themselves, once.`,
	Run: runSKB,
	Complete: func(sys System, args []string) []string {
		switch {
		case len(args) == 0:
			return []string{"facts", "measure"}
		case len(args) == 1 && args[0] == "measure":
			return coreNumbers(1)(sys, nil)
		}
		return nil
	},
}

func runSKB(c *Call) error {
	if len(c.Args) == 0 {
		return Usagef("give a goal, facts or measure; see help skb")
	}
	most := 0
	if text, ok := c.Option("n"); ok {
		n, err := number("number of rows", text, 1, 256)
		if err != nil {
			return err
		}
		most = n
	}
	switch c.Args[0] {
	case "facts":
		return c.skbFacts()
	case "measure":
		return c.skbMeasure()
	}
	return c.skbGoal(goalOf(c.Args), most)
}

// goalOf joins the words of a goal and takes the quotes off that are around all of
// it. The console itself knows double quotes only.
func goalOf(words []string) string {
	goal := strings.TrimSpace(strings.Join(words, " "))
	if n := len(goal); n > 1 && goal[0] == '\'' && goal[n-1] == '\'' && !strings.Contains(goal[1:n-1], "'") {
		return goal[1 : n-1]
	}
	return goal
}

// skbGoal prints the solutions of a goal.
func (c *Call) skbGoal(goal string, most int) error {
	a, err := c.Sys.Goal(goal, most)
	if err != nil {
		return err
	}
	switch {
	case len(a.Vars) > 0 && len(a.Rows) > 0:
		c.table("answer", a)
	case len(a.Rows) > 0:
		c.Printf("yes\n")
	default:
		c.Printf("no\n")
	}
	more := "no"
	if a.Cut {
		more = "yes"
		c.Printf("there are more rows than the %d above\n", len(a.Rows))
	}
	c.Fact(NewRecord("goal").Int("rows", len(a.Rows)).Str("more", more))
	return nil
}

// table prints an answer.
func (c *Call) table(event string, a Answer) {
	t := NewTable(a.Vars...)
	for _, row := range a.Rows {
		r := NewRecord(event)
		for i, v := range a.Vars {
			r.Str(v, row[i])
		}
		c.Datum(r)
		t.Row(row...)
	}
	c.Printf("%s", t)
}

func (c *Call) skbFacts() error {
	if err := c.none(1); err != nil {
		return err
	}
	a, err := c.Sys.Facts()
	if err != nil {
		return err
	}
	t := NewTable("PREDICATE", "FACTS")
	total := 0
	for _, row := range a.Rows {
		if len(row) != 2 {
			continue
		}
		n, _ := strconv.Atoi(row[1])
		total += n
		c.Datum(NewRecord("facts-of").Str("predicate", row[0]).Int("facts", n))
		t.Row(row...)
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("facts").Int("predicates", len(a.Rows)).Int("facts", total))
	return nil
}

func (c *Call) skbMeasure() error {
	cores := c.Sys.Alive()
	if len(c.Args) > 1 {
		n, err := c.living(c.Args[1])
		if err != nil {
			return err
		}
		cores = []int{n}
	}
	if err := c.none(2); err != nil {
		return err
	}
	t := NewTable("FROM", "TO", "RTT")
	var least, most time.Duration
	pairs := 0
	for _, core := range cores {
		trips, err := c.Sys.Measure(core)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		for _, trip := range trips {
			if pairs++; least == 0 || trip.Least < least {
				least = trip.Least
			}
			most = max(most, trip.Least)
			c.Datum(NewRecord("rtt").Int("from", trip.From).Int("to", trip.To).Dur("least", trip.Least))
			t.Row(strconv.Itoa(trip.From), strconv.Itoa(trip.To), span(trip.Least))
		}
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("measured").Int("pairs", pairs).Dur("least", least).Dur("most", most))
	return nil
}
