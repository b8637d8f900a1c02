package console

import (
	"fmt"
	"time"
)

// workSettle bounds the wait for the end of the work: of an agreement that a core which
// hangs holds up, and of a binding whose other end may be dead.
const workSettle = 60 * time.Second

// works is what all living cores know together.
type works struct {
	cores  int
	differ int // cores that have agreed on something else than the first
	total  Work
}

// begun reports whether there has been any work.
func (w *works) begun() bool {
	return w.total.Agreed+w.total.Refused+w.total.Unclear+w.total.Bound+w.total.Served+w.total.Running > 0
}

// unrest is how much there is that is not at rest, or never will be.
func (w *works) unrest() uint64 {
	t := &w.total
	return t.Running + t.Ends + t.Orphans + t.Opening + uint64(w.differ)
}

// worked asks all living cores.
func (c *Call) worked() (w works, err error) {
	var first Work
	for i, core := range c.Sys.Alive() {
		r, err := c.Sys.Worked(core)
		if err != nil {
			return w, err
		}
		if i == 0 {
			first = r
		}
		if r.View != first.View || r.Digest != first.Digest {
			w.differ++
		}
		w.cores++
		w.total.add(&r)
	}
	return w, nil
}

func (w *Work) add(r *Work) {
	w.Agreed += r.Agreed
	w.Refused += r.Refused
	w.Unclear += r.Unclear
	w.Judged += r.Judged
	w.False += r.False
	w.Bound += r.Bound
	w.Closed += r.Closed
	w.Broken += r.Broken
	w.Failed += r.Failed
	w.Messages += r.Messages
	w.Alien += r.Alien
	w.Served += r.Served
	w.Running += r.Running
	w.Ends += r.Ends
	w.Used += r.Used
	w.Orphans += r.Orphans
	w.Opening += r.Opening
}

// workStop waits for the end of the work, if there was any, and judges it.
func (c *Call) workStop() error {
	w, err := c.worked()
	for end := time.Now().Add(workSettle); err == nil && w.unrest() > 0 && time.Now().Before(end); w, err = c.worked() {
		if err := c.sleep(soakLook); err != nil {
			return err
		}
	}
	if err != nil || !w.begun() {
		return err
	}
	c.workFact(&w)
	t := &w.total
	if t.False+t.Failed+t.Alien+w.unrest() > 0 {
		return fmt.Errorf("of %d outcomes %d were two, %d bindings ended though both cores lived, %d messages came back wrong; "+
			"%d cores differ, %d goroutines, %d ends of bindings and %d frames are left, %d pools are not open",
			t.Judged, t.False, t.Failed, t.Alien, w.differ, t.Running, t.Ends, t.Orphans, t.Opening)
	}
	return nil
}

func (c *Call) workFact(w *works) {
	t := &w.total
	c.Fact(NewRecord("soak-work").Int("cores", w.cores).
		Uint("agreed", t.Agreed).Uint("refused", t.Refused).Uint("unclear", t.Unclear).Uint("judged", t.Judged).Uint("false", t.False).
		Uint("bound", t.Bound).Uint("closed", t.Closed).Uint("broken", t.Broken).Uint("failed", t.Failed).
		Uint("messages", t.Messages).Uint("alien", t.Alien).Uint("served", t.Served).
		Uint("running", t.Running).Int("differ", w.differ).Uint("ends", t.Ends).Uint("used", t.Used).Uint("orphans", t.Orphans).
		Uint("opening", t.Opening))
}
