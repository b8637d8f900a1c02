package console

import (
	"strconv"
	"time"
)

var psCommand = Command{
	Name:     "ps",
	Synopsis: "[core]",
	Summary:  "list the programs that run, and what memory there is for more",
	JSON:     true,
	Help: `Numbers of programs are those of their cores, and are not used again in a life of the
core. A core that has run no program yet has set no memory aside for them.`,
	Run:      runPs,
	Complete: coreNumbers(1),
}

func runPs(c *Call) error {
	cores, err := c.cores()
	if err != nil {
		return err
	}
	t := NewTable("CORE", "PID", "PROGRAM", "THREADS", "TIME", "MEMORY", "OF")
	var facts []*Record
	running := 0
	for _, core := range cores {
		list, m, err := c.Sys.Processes(core)
		if err != nil {
			c.Fail("%v", err)
			continue
		}
		for _, p := range list {
			num := func(v uint64) string { return strconv.FormatUint(v, 10) }
			c.Datum(NewRecord("process").Int("core", core).Uint("pid", p.PID).Str("name", p.Name).Uint("threads", p.Threads).
				Dur("used", time.Duration(p.Used)).Uint("pages", p.Pages).Uint("most", p.Most))
			t.Row(strconv.Itoa(core), num(p.PID), p.Name, num(p.Threads), span(time.Duration(p.Used)), size(p.Pages<<12), size(p.Most<<12))
		}
		running += len(list)
		if m.All > 0 {
			facts = append(facts, NewRecord("programs").Int("core", core).Int("running", len(list)).
				Uint("free-bytes", m.Free).Uint("bytes", m.All).Uint("capabilities", m.Capabilities))
		}
	}
	if running == 0 {
		c.Printf("no program runs\n")
	} else {
		c.Printf("%s", t)
	}
	for _, f := range facts {
		c.Fact(f)
	}
	c.Fact(NewRecord("ps").Int("running", running))
	return nil
}

var killCommand = Command{
	Name:     "kill",
	Synopsis: "core program",
	Summary:  "end a program, by the number that ps shows",
	JSON:     true,
	Run:      runKill,
	Complete: coreNumbers(1),
}

func runKill(c *Call) error {
	if len(c.Args) < 2 {
		return Usagef("a core and the number of a program are needed, as in kill 0 1; see ps")
	}
	if err := c.none(2); err != nil {
		return err
	}
	core, err := c.living(c.Args[0])
	if err != nil {
		return err
	}
	pid, err := number("number of a program", c.Args[1], 1, 1<<62)
	if err != nil {
		return err
	}
	if err := c.Sys.Kill(core, uint64(pid)); err != nil {
		return err
	}
	c.Fact(NewRecord("kill").Int("core", core).Int("pid", pid))
	return nil
}

var programsCommand = Command{
	Name:    "programs",
	Summary: "list the programs of the archive",
	JSON:    true,
	Help:    `With -json, their sizes too.`,
	Run:     runPrograms,
}

func runPrograms(c *Call) error {
	if err := c.none(0); err != nil {
		return err
	}
	files, err := c.Sys.Files(c.Sys.Self())
	if err != nil {
		return err
	}
	var names []string
	for _, f := range files {
		c.Datum(NewRecord("program-file").Str("name", f.Name).Uint("bytes", f.Size))
		names = append(names, f.Name)
	}
	c.Printf("%s", columns(names))
	c.Fact(NewRecord("program-files").Int("programs", len(files)))
	return nil
}
