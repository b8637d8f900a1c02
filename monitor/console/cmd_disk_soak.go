package console

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// diskSoakSectors is what disk soak needs behind the sector that it is given: a region for
// each core of the largest machine.
const diskSoakSectors = 64 * 64

// diskSoak is disk soak start, report and stop.
func (c *Call) diskSoak() error {
	if len(c.Args) < 2 {
		return Usagef("a word that says what to do is needed, as in disk soak start; see help disk")
	}
	switch word := c.Args[1]; word {
	case "start":
		return c.diskSoakStart()
	case "report", "stop":
		if err := c.none(2); err != nil {
			return err
		}
		if word == "stop" {
			return c.diskSoakStop()
		}
		_, err := c.diskSoakReport()
		return err
	default:
		return Usagef("there is no disk soak %s; the words are start, report, stop", quote(word))
	}
}

// diskSoakStart has the cores of the arguments, or all that live, write.
func (c *Call) diskSoakStart() error {
	cores, err := c.livingOrAll(c.Args[2:])
	if err != nil {
		return err
	}
	d, err := c.theDisk()
	if err != nil {
		return err
	}
	if d.Sectors < diskSoakSectors || d.ReadOnly {
		return fmt.Errorf("disk %d is read-only, or has less than %d sectors", d.Number, diskSoakSectors)
	}
	for i, core := range cores {
		if err := c.Sys.DiskSoak(core, d.Number, true); err != nil {
			return errors.Join(err, c.diskSoakEnd(cores[:i]))
		}
	}
	c.Printf("%s write to disk %d\n", plural(len(cores), "core"), d.Number)
	return nil
}

func (c *Call) diskSoakEnd(cores []int) error {
	var errs []error
	sys := c.unhurried()
	for _, core := range cores {
		errs = append(errs, sys.DiskSoak(core, 0, false))
	}
	return errors.Join(errs...)
}

// diskSoakSettle bounds the wait for the writes under way.
const diskSoakSettle = 90 * time.Second

// diskSoakStop ends the writing, and fails if anything was lost, or has not come to an end.
func (c *Call) diskSoakStop() error {
	if err := c.diskSoakEnd(c.Sys.Alive()); err != nil {
		return err
	}
	for end := time.Now().Add(diskSoakSettle); ; {
		running := 0
		for _, core := range c.Sys.Alive() {
			r, err := c.Sys.DiskSoakReport(core)
			if err != nil {
				return err
			}
			if r.Running {
				running++
			}
		}
		if running == 0 || time.Now().After(end) {
			break
		}
		if err := c.sleep(soakLook); err != nil {
			return err
		}
	}
	bad, err := c.diskSoakReport()
	if err == nil && bad > 0 {
		err = fmt.Errorf("%s lost, or not at their end", plural(bad, "region"))
	}
	return err
}

// diskSoakReport prints what the cores know, and returns how many have lost something or
// still write.
func (c *Call) diskSoakReport() (bad int, err error) {
	t := NewTable("CORE", "SECTOR", "DONE", "FAILED", "LOST", "TORN", "LAST ERROR")
	for _, core := range c.Sys.Alive() {
		r, err := c.Sys.DiskSoakReport(core)
		if err != nil {
			return bad, err
		}
		if r.Done+r.Failed == 0 && !r.Running {
			continue
		}
		if r.Running || r.Lost > 0 {
			bad++
		}
		num := func(v uint64) string { return strconv.FormatUint(v, 10) }
		t.Row(strconv.Itoa(core), num(r.Sector), num(r.Done), num(r.Failed), num(r.Lost), num(r.Torn), r.Error)
		c.Fact(NewRecord("disk-soak").Int("core", core).Uint("sector", r.Sector).Uint("done", r.Done).Uint("failed", r.Failed).
			Uint("lost", r.Lost).Uint("torn", r.Torn).Str("error", r.Error))
	}
	c.Printf("%s", t)
	return bad, nil
}
