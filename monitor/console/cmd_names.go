package console

import (
	"slices"
	"strconv"
	"strings"
	"time"
)

var namesCommand = Command{
	Name:     "names",
	Synopsis: "[core]",
	Summary:  "list the services that the cores have agreed on",
	JSON:     true,
	Help: `Every core has a copy of the table; names shows that of the console's core or of the
one that is given. A name belongs to one core in one life, and vanishes with it. The
number is that by which the core is asked for the service; bind takes the name. View
is the number of the membership that the core knows, and members are the cores in
it; where there is none yet, the number is 0. Who has just been born or has died is
waited for, for up to a second.`,
	Run:      runNames,
	Complete: coreNumbers(1),
}

func runNames(c *Call) error {
	if err := c.none(1); err != nil {
		return err
	}
	core := c.Sys.Self()
	if len(c.Args) == 1 {
		n, err := c.living(c.Args[0])
		if err != nil {
			return err
		}
		core = n
	}
	names, err := c.settledNames(core)
	if err != nil {
		return err
	}
	t := NewTable("NAME", "CORE", "INC", "NUMBER")
	for _, s := range names.Services {
		number := "-"
		if s.Number != 0 {
			number = strconv.FormatUint(uint64(s.Number), 10)
		}
		t.Row(s.Name, strconv.Itoa(s.Core), strconv.FormatUint(uint64(s.Incarnation), 10), number)
		c.Datum(NewRecord("name").Str("name", s.Name).Int("core", s.Core).
			Uint("incarnation", uint64(s.Incarnation)).Uint("number", uint64(s.Number)))
	}
	if len(names.Services) > 0 {
		c.Printf("%s", t)
	} else {
		c.Printf("core %d knows no service\n", core)
	}
	c.Fact(NewRecord("names").Int("core", core).Int("services", len(names.Services)).Uint("view", names.View).
		Str("members", numbers(names.Members)).Uint("dropped", names.Dropped))
	return nil
}

// Bounds of the waiting for an agreement.
const (
	namesLooks = 100
	namesGap   = 10 * time.Millisecond
)

// settledNames asks a core for its table, and waits a while for a core that has just
// been born, or has died, to be agreed on.
func (c *Call) settledNames(core int) (names NameTable, err error) {
	for range namesLooks {
		if names, err = c.Sys.Names(core); err != nil || names.Settled {
			break
		}
		time.Sleep(namesGap)
	}
	return names, err
}

// numbers lists cores in one word.
func numbers(cores []int) string {
	var words []string
	for _, core := range cores {
		words = append(words, strconv.Itoa(core))
	}
	return strings.Join(words, ",")
}

// echoNumber is that of the echo service, which every core has.
const echoNumber = 1

// named finds the service of a name.
func (c *Call) named(name string) (s NamedService, err error) {
	names, err := c.settledNames(c.Sys.Self())
	if err != nil {
		return s, err
	}
	i := slices.IndexFunc(names.Services, func(s NamedService) bool { return s.Name == name })
	if i < 0 {
		return s, Usagef("there is no service %s; see names", quote(name))
	}
	return names.Services[i], nil
}
