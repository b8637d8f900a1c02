package console

import (
	"errors"
	"strconv"
	"time"
)

var bindCommand = Command{
	Name:     "bind",
	Synopsis: "[[A] B | close]",
	Summary:  "bind core A to a service of core B, or list the bindings",
	JSON:     true,
	Help: `Has core A bind to the echo service of core B: B grants it a frame with a channel,
which the two then use without their monitors. A message and a buffer are sent over
it, and the binding is kept. B may be the name of a service (see names) instead; over
a binding to console a line is printed, and skb is asked a goal. A is the console's
core if it is left out; A and B may be the same. Without arguments it lists the ends
of bindings that the cores have; with close it closes those that were made so.`,
	Run: runBind,
	Complete: func(sys System, args []string) []string {
		numbers := coreNumbers(2)(sys, args)
		if len(args) == 0 {
			numbers = append(numbers, "close")
		}
		return numbers
	},
}

func runBind(c *Call) error {
	switch {
	case len(c.Args) == 0:
		return listBindings(c)
	case c.Args[0] == "close":
		if err := c.none(1); err != nil {
			return err
		}
		for _, core := range c.Sys.Alive() {
			if err := c.Sys.CloseBindings(core); err != nil {
				c.Fail("%v", err)
			}
		}
		awaitClosed(c.Sys)
		return listBindings(c)
	case len(c.Args) == 1 && isNumber(c.Args[0]):
		return Usagef("two cores are needed, or a name, or the word close, or nothing for a list")
	case len(c.Args) == 1:
		c.Args = []string{strconv.Itoa(c.Sys.Self()), c.Args[0]}
	}
	if err := c.none(2); err != nil {
		return err
	}
	a, err := c.living(c.Args[0])
	if err != nil {
		return err
	}
	b, service, err := c.service(c.Args[1])
	if err != nil {
		return err
	}
	took, err := c.Sys.Bind(a, b, service)
	if err != nil {
		return err
	}
	c.Printf("core %d is bound to core %d after %s\n", a, b, span(took))
	c.Fact(NewRecord("bind").Int("from", a).Int("to", b).Dur("time", took).Uint("service", service))
	return nil
}

// service finds what a word names: a core's echo service, by its number, or a service by
// its name.
func (c *Call) service(word string) (core int, number uint64, err error) {
	if isNumber(word) {
		core, err = c.living(word)
		return core, echoNumber, err
	}
	s, err := c.named(word)
	return s.Core, uint64(s.Number), err
}

// isNumber reports whether a word stands for itself, not for a name.
func isNumber(word string) bool {
	_, err := strconv.ParseInt(word, 10, 64)
	return err == nil || errors.Is(err, strconv.ErrRange)
}

// Bounds of the waiting for bindings that are being closed.
const (
	closeLooks = 100
	closeGap   = 10 * time.Millisecond
)

// awaitClosed waits a while until no core has an end of a binding: the other end learns
// by a message that one is closed.
func awaitClosed(sys System) {
	for range closeLooks {
		ends := 0
		for _, core := range sys.Alive() {
			list, _ := sys.Bindings(core) // who does not answer is in the list that follows
			ends += len(list)
		}
		if ends == 0 {
			return
		}
		time.Sleep(closeGap)
	}
}

func listBindings(c *Call) error {
	t := NewTable("CORE", "PEER", "SERVICE", "SIDE")
	ends := 0
	for _, core := range c.Sys.Alive() {
		list, err := c.Sys.Bindings(core)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		for _, e := range list {
			side := "client"
			if e.Serves {
				side = "server"
			}
			ends++
			t.Row(strconv.Itoa(core), strconv.Itoa(e.Peer), strconv.FormatUint(e.Service, 10), side)
			c.Datum(NewRecord("binding").Int("core", core).Int("peer", e.Peer).Uint("service", e.Service).Str("side", side))
		}
	}
	if ends > 0 {
		c.Printf("%s", t)
	} else {
		c.Printf("no core has a binding\n")
	}
	c.Fact(NewRecord("bindings").Int("ends", ends))
	return nil
}
