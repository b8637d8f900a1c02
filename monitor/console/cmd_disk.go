package console

import (
	hexdump "encoding/hex"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

var diskCommand = Command{
	Name:     "disk",
	Synopsis: "[word [n...]]",
	Summary:  "list the disks, or read, write, check or measure one",
	JSON:     true,
	Flags: []Flag{
		{Name: "disk", Value: "number", Help: "the disk, if not the first of the list"},
		{Name: "core", Value: "core", Help: "the core that asks for it, if not the console's"},
	},
	Help: `disk lists the disks and the cores that drive them. The number of a disk is that of
the place in which it stands. Any core can use any disk: what it asks for goes to the
core that drives it in messages, and the data in memory that the two have granted to
each other.
disk read shows sectors of 512 bytes: 1 if no count is given, and 64 at most.
disk write writes sectors that prove themselves: number, stamp, and what follows of
the two. What was there is lost. disk verify looks for them. The stamp is 1 if not
given.
disk check writes such sectors over what there is, reads them back, and puts back
what there was: of the whole disk, up to 65536 sectors, if none are given.
Behind the word stand the first sector, the count, up to 65536, and the stamp.
disk bench measures reads, reads of single sectors at random, and rewriting: one
request after the other, for a second each, over the whole disk, up to 65536 sectors,
or over those given, as in disk bench 0 64. -disk chooses the disk.
disk soak start lets the living cores, or those given, write over the first 4096
sectors, each its part, until disk soak stop. Whoever dies meanwhile, each looks that
what was done is there, and goes on. disk soak report shows how far they are.
What was under way when the driving core died fails, and says so: it may be done.`,
	Run: runDisk,
	Complete: func(sys System, args []string) []string {
		if len(args) == 0 {
			return []string{"read", "write", "verify", "check", "bench", "soak"}
		}
		return nil
	},
}

// diskStamp is that of sectors if none is given.
const diskStamp = 1

// Bounds of the command's arguments, those of the cores.
const (
	mostSector = 1 << 54
	mostShown  = 64
	mostWorked = 1 << 16
)

func runDisk(c *Call) error {
	if len(c.Args) == 0 {
		return c.diskList()
	}
	if c.Args[0] == "soak" {
		return c.diskSoak()
	}
	words := map[string]func(*Call, DiskState, diskRange) error{
		"read": (*Call).diskRead, "write": diskWork(DiskWrite), "verify": diskWork(DiskVerify),
		"check": diskWork(DiskCheck), "bench": (*Call).diskBench,
	}
	do := words[c.Args[0]]
	if do == nil {
		return Usagef("disk has no word %s; the words are read, write, verify, check, bench, soak", quote(c.Args[0]))
	}
	r, err := c.diskRange(c.Args[0])
	if err != nil {
		return err
	}
	d, err := c.theDisk()
	if err != nil {
		return err
	}
	if r.all {
		r.count = min(d.Sectors, mostWorked)
	}
	if r.count == 0 || r.sector >= d.Sectors || r.count > d.Sectors-r.sector {
		return Usagef("disk %d has the sectors 0 to %d, so not %s from %d on", d.Number, d.Sectors-1, plural(int(r.count), "sector"), r.sector)
	}
	return do(c, d, r)
}

// diskRange is what a command is about.
type diskRange struct {
	core                 int // that asks
	sector, count, stamp uint64
	all                  bool // of the disk
}

// diskRange reads the arguments behind the word.
func (c *Call) diskRange(word string) (r diskRange, err error) {
	r = diskRange{core: c.Sys.Self(), count: 1, stamp: diskStamp}
	if text, ok := c.Option("core"); ok {
		if r.core, err = c.living(text); err != nil {
			return r, err
		}
	}
	args := c.Args[1:]
	if len(args) == 0 && (word == "check" || word == "bench") {
		r.all = true
		return r, nil
	}
	if len(args) == 0 {
		return r, Usagef("a sector is needed, as in disk %s 0 8; see help disk", word)
	}
	most := mostWorked
	if word == "read" {
		most = mostShown
	}
	for i, a := range []struct {
		what        string
		least, most int
		into        *uint64
	}{{"sector", 0, mostSector, &r.sector}, {"count of sectors", 1, most, &r.count}, {"stamp", 0, 1<<63 - 1, &r.stamp}} {
		if i < len(args) {
			n, err := number(a.what, args[i], a.least, a.most)
			if err != nil {
				return r, err
			}
			*a.into = uint64(n)
		}
	}
	stamps := 3
	if word == "read" || word == "bench" {
		stamps = 2
	}
	return r, c.none(1 + stamps)
}

// Bounds of the waiting for disks that are on their way, at the start or after a death.
const (
	disksLooks = 200
	disksGap   = 25 * time.Millisecond
)

// allDisks lists the disks of all living cores. What is on its way is waited for.
func (c *Call) allDisks() (all []DiskState, err error) {
	pending := true
	for look := 0; pending && look < disksLooks; look++ {
		if look > 0 {
			if err := c.sleep(disksGap); err != nil {
				return nil, err
			}
		}
		all, pending = nil, false
		for _, core := range c.Sys.Alive() {
			list, more, err := c.Sys.Disks(core)
			if err != nil {
				return nil, err
			}
			all = append(all, list...)
			pending = pending || more
		}
	}
	slices.SortFunc(all, func(a, b DiskState) int { return a.Number - b.Number })
	return all, nil
}

// theDisk finds the disk that the flag names, or the first.
func (c *Call) theDisk() (d DiskState, err error) {
	n := -1
	if text, ok := c.Option("disk"); ok {
		if n, err = number("number of a disk", text, 0, 63); err != nil {
			return d, err
		}
	}
	all, err := c.allDisks()
	if err != nil {
		return d, err
	}
	i := slices.IndexFunc(all, func(d DiskState) bool { return n < 0 || d.Number == n })
	switch {
	case i >= 0:
		return all[i], nil
	case len(all) == 0:
		return d, fmt.Errorf("no core drives a disk")
	}
	return d, Usagef("there is no disk %d; see disk", n)
}

func (c *Call) diskList() error {
	all, err := c.allDisks()
	if err != nil {
		return err
	}
	t := NewTable("DISK", "CORE", "SECTORS", "SIZE", "IS", "REQUESTS", "ERRORS", "INTERRUPTS", "LOOKED", "RESETS", "ID")
	for _, d := range all {
		c.Fact(NewRecord("disk").Int("disk", d.Number).Int("core", d.Core).Uint("sectors", d.Sectors).Uint("block-bytes", uint64(d.BlockSize)).
			Str("is", d.is()).Uint("requests", d.Requests).Uint("errors", d.Errors).Uint("interrupts", d.Interrupts).
			Uint("looked", d.Looked).Uint("resets", d.Resets).Str("id", d.ID))
		num := func(v uint64) string { return strconv.FormatUint(v, 10) }
		t.Row(strconv.Itoa(d.Number), strconv.Itoa(d.Core), num(d.Sectors), size(d.Sectors*512), d.is(), num(d.Requests), num(d.Errors), num(d.Interrupts), num(d.Looked), num(d.Resets), d.ID)
	}
	if len(all) == 0 {
		c.Printf("no core drives a disk\n")
	} else {
		c.Printf("%s", t)
	}
	c.Fact(NewRecord("disks").Int("disks", len(all)))
	return nil
}

// is says in one word what kind of disk it is.
func (d *DiskState) is() string {
	words := []string{"modern"}
	if d.Legacy {
		words[0] = "legacy"
	}
	for _, w := range []struct {
		is   bool
		word string
	}{{d.ReadOnly, "read-only"}, {d.Flushes, "cached"}, {d.Polled, "polled"}, {d.Failed, "failed"}} {
		if w.is {
			words = append(words, w.word)
		}
	}
	return strings.Join(words, ",")
}

func (c *Call) diskRead(d DiskState, r diskRange) error {
	data, err := c.Sys.ReadDisk(r.core, d.Number, r.sector, r.count)
	if err != nil {
		return err
	}
	c.Printf("%s", hexdump.Dump(data))
	c.Fact(NewRecord("disk-read").Int("disk", d.Number).Int("core", r.core).Uint("sector", r.sector).Uint("sectors", uint64(len(data)/512)))
	return nil
}

// diskWork is for the words whose work a core does by itself.
func diskWork(what DiskWork) func(*Call, DiskState, diskRange) error {
	return func(c *Call, d DiskState, r diskRange) error {
		done, err := c.Sys.DiskJob(r.core, what, d.Number, r.sector, r.count, r.stamp)
		if err != nil {
			return err
		}
		c.Fact(NewRecord("disk-work").Str("work", c.Args[0]).Int("disk", d.Number).Int("core", r.core).Uint("sector", r.sector).
			Uint("sectors", done.Sectors).Uint("bad", done.Bad).Dur("time", done.Took))
		if done.Bad > 0 {
			return fmt.Errorf("%d of %d sectors are not what was written, the first of them sector %d", done.Bad, done.Sectors, done.FirstBad)
		}
		return nil
	}
}

func (c *Call) diskBench(d DiskState, r diskRange) error {
	for _, m := range []struct {
		word string
		what DiskWork
	}{{"read", DiskReads}, {"random", DiskRandom}, {"rewrite", DiskRewrite}} {
		if m.what == DiskRewrite && d.ReadOnly {
			continue
		}
		done, err := c.Sys.DiskJob(r.core, m.what, d.Number, r.sector, r.count, r.stamp)
		if err != nil {
			return err
		}
		from := "over a binding to core " + strconv.Itoa(d.Core)
		if done.Local {
			from = "by the core that drives it"
		}
		seconds := max(done.Took.Seconds(), 1e-9)
		bytes, requests := float64(done.Sectors*512)/seconds, float64(done.Requests)/seconds
		c.Printf("%-8s %7.1f MB/s, %7.0f requests/s, %s\n", m.word, bytes/1e6, requests, from)
		c.Fact(NewRecord("bench-disk").Int("disk", d.Number).Int("core", r.core).Int("from", d.Core).Str("what", m.word).
			Rate("bytes", bytes).Rate("requests", requests).Dur("time", done.Took))
	}
	return nil
}
