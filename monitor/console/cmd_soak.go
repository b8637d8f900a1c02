package console

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"
)

var soakCommand = Command{
	Name:     "soak",
	Synopsis: "word [core...]",
	Summary:  "stream messages between cores, agree and bind, and check all of it",
	JSON:     true,
	Help: `soak start lets the living cores, or those given, stream messages to one another
until soak stop. A core in a new life takes part after another soak start.
soak work begins the same, and beside it each core agrees with all on names that
others want, too, and binds to others and sends over the bindings.
soak report shows what every core has received so far. Missing is what has been sent
and has not arrived yet. Of the work it counts outcomes and what is in use.
soak stop ends it all and waits until what was sent has arrived, and what was used is
given back. It fails if a message was lost, came twice, out of order or from another
life, or never came; if two cores had two outcomes of an operation, or differ in the
end; if a binding ended though both cores lived; or if anything was not given back.`,
	Run: runSoak,
	Complete: func(sys System, args []string) []string {
		if len(args) == 0 {
			return []string{"start", "work", "stop", "report"}
		}
		return nil
	},
}

func runSoak(c *Call) error {
	if len(c.Args) == 0 {
		return Usagef("a word that says what to do is needed, as in soak start; see help soak")
	}
	switch word := c.Args[0]; word {
	case "start":
		return c.soakStart(false)
	case "work":
		return c.soakStart(true)
	case "stop", "report":
		if err := c.none(1); err != nil {
			return err
		}
		if word == "stop" {
			return c.soakStop()
		}
		if _, err := c.soakReport(); err != nil {
			return err
		}
		w, err := c.worked()
		if err == nil && w.begun() {
			c.workFact(&w)
		}
		return err
	default:
		return Usagef("there is no soak %s; the words are start, work, stop, report", quote(word))
	}
}

// livingOrAll returns the living cores that arguments name, each once, or all if there
// are no arguments.
func (c *Call) livingOrAll(args []string) (cores []int, err error) {
	for _, a := range args {
		core, err := c.living(a)
		if err != nil {
			return nil, err
		}
		cores = append(cores, core)
	}
	if len(cores) == 0 {
		cores = c.Sys.Alive()
	}
	slices.Sort(cores)
	return slices.Compact(cores), nil
}

// soakStart lets the cores of the arguments, or all that live, stream, and work.
func (c *Call) soakStart(work bool) error {
	cores, err := c.livingOrAll(c.Args[1:])
	if err != nil {
		return err
	}
	if len(cores) < 2 {
		return Usagef("a core has nobody to stream to but other cores; give two or more")
	}
	for i, core := range cores {
		others := slices.DeleteFunc(slices.Clone(cores), func(o int) bool { return o == core })
		err := c.Sys.SoakTo(core, others)
		if err == nil && work {
			err = c.Sys.SoakWork(core, others)
		}
		if err != nil {
			return errors.Join(err, c.soakEnd(cores[:i+1]))
		}
	}
	c.Printf("%s stream to one another\n", plural(len(cores), "core"))
	return nil
}

// soakSettle bounds the wait for what is still on its way; soakLook is between
// two looks.
const (
	soakSettle = 10 * time.Second
	soakLook   = 50 * time.Millisecond
)

// soakStop ends the streams and checks that all has arrived.
func (c *Call) soakStop() error {
	if err := c.soakEnd(c.Sys.Alive()); err != nil {
		return err
	}
	for end := time.Now().Add(soakSettle); ; {
		s, err := c.soakSum()
		if err != nil {
			return err
		}
		if len(s.streams) == 0 {
			return errors.New("no core has streamed to another; soak start begins that")
		}
		if s.missing == 0 || time.Now().After(end) {
			break
		}
		if err := c.sleep(soakLook); err != nil {
			return err
		}
	}
	s, err := c.soakReport()
	if err != nil {
		return err
	}
	if err := c.workStop(); err != nil {
		return err
	}
	if s.total.Lost+s.total.Doubled+s.total.Reordered+s.total.Alien+s.missing > 0 {
		return fmt.Errorf("of %d messages received, %d were lost before, %d came twice, %d out of order and %d from another life; %d more never came",
			s.total.Received, s.total.Lost, s.total.Doubled, s.total.Reordered, s.total.Alien, s.missing)
	}
	return nil
}

// soakEnd ends the streams of cores, of each whatever becomes of the others, and also
// when the command is to end.
func (c *Call) soakEnd(cores []int) error {
	var errs []error
	sys := c.unhurried()
	for _, core := range cores {
		errs = append(errs, sys.SoakTo(core, nil), sys.SoakWork(core, nil))
	}
	return errors.Join(errs...)
}

// soakSums is what all living cores know together.
type soakSums struct {
	pairs   int // one way
	total   Stream
	missing uint64 // sent, and not received, between present lives
	streams map[[2]int]Stream
}

// soakSum asks all living cores.
func (c *Call) soakSum() (s soakSums, err error) {
	s.streams = map[[2]int]Stream{}
	lives := c.Sys.States()
	for _, core := range c.Sys.Alive() {
		list, err := c.Sys.Streams(core)
		if err != nil {
			return s, err
		}
		for _, t := range list {
			s.total.Received += t.Received
			s.total.Lost += t.Lost
			s.total.Doubled += t.Doubled
			s.total.Reordered += t.Reordered
			s.total.Alien += t.Alien
			s.streams[[2]int{core, t.Peer}] = t
		}
	}
	for pair, t := range s.streams {
		other, ok := s.streams[[2]int{pair[1], pair[0]}]
		from, to := lives[pair[0]], lives[pair[1]]
		if t.Sent > 0 && ok && t.Incarnation == to.Incarnation && other.Incarnation == from.Incarnation {
			s.pairs++
			s.missing += t.Sent - min(t.Sent, other.Next-1)
		} else if t.Sent > 0 && !ok && to.State == StateUp && t.Incarnation == to.Incarnation {
			s.missing += t.Sent
		}
	}
	return s, nil
}

// soakReport prints what has been received.
func (c *Call) soakReport() (soakSums, error) {
	s, err := c.soakSum()
	if err != nil {
		return s, err
	}
	t := NewTable("TO", "FROM", "RECEIVED", "LOST", "DOUBLED", "REORDERED", "ALIEN")
	var pairs [][2]int
	for pair := range s.streams {
		pairs = append(pairs, pair)
	}
	slices.SortFunc(pairs, func(a, b [2]int) int { return slices.Compare(a[:], b[:]) })
	num := func(v uint64) string { return strconv.FormatUint(v, 10) }
	for _, pair := range pairs {
		r := s.streams[pair]
		c.Datum(NewRecord("soak-stream").Int("to", pair[0]).Int("from", pair[1]).Uint("received", r.Received).
			Uint("lost", r.Lost).Uint("doubled", r.Doubled).Uint("reordered", r.Reordered).Uint("alien", r.Alien))
		t.Row(strconv.Itoa(pair[0]), strconv.Itoa(pair[1]), num(r.Received), num(r.Lost), num(r.Doubled), num(r.Reordered), num(r.Alien))
	}
	c.Printf("%s", t)
	c.Fact(NewRecord("soak").Int("pairs", s.pairs).Uint("received", s.total.Received).Uint("lost", s.total.Lost).
		Uint("doubled", s.total.Doubled).Uint("reordered", s.total.Reordered).Uint("alien", s.total.Alien).
		Uint("missing", s.missing))
	return s, nil
}
