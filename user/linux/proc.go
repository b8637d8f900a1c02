package linux

import (
	"fmt"
	"strconv"
	"strings"

	"atoll/arch/layout"
	"atoll/user/synth"
	"atoll/user/vfs"
)

// /proc: what programs read of the system and its processes, as text.

// deviceProc is the number of the device that it would lie on, magicProc its kind.
const (
	deviceProc = 100
	magicProc  = 0x9fa0
)

// mountProc mounts it, if there is a directory for it.
func (s *System) mountProc() {
	proc := s.newProc()
	s.files.Mount(vfs.NewContext(s.files), proc.Path, *proc.Mount)
}

// newProc makes it.
func (s *System) newProc() vfs.Mounted {
	wall, _ := s.env.Clock()
	fs := synth.New(deviceProc, magicProc, int64(wall))
	root := fs.Dir(nil, "", 0o555)
	s.proc = procFS{fs: fs, root: root}
	root.Link("self", func(c *vfs.Context) string { return strconv.Itoa(c.PID) })
	root.Link("mounts", func(*vfs.Context) string { return "self/mounts" })
	for name, f := range map[string]func() string{
		"meminfo": s.meminfo, "uptime": s.uptime, "loadavg": s.loadavg, "stat": s.statText, "cpuinfo": cpuinfo,
		"realm":       s.realmText,
		"version":     func() string { return "Linux version 6.6.0-atoll (atoll) #1 Atoll multikernel\n" },
		"filesystems": func() string { return "nodev\ttmpfs\nnodev\tproc\nnodev\tdevtmpfs\n\tvfat\n" },
		"cmdline":     func() string { return "\n" },
	} {
		root.Text(name, func(*vfs.Context) []byte { return []byte(f()) })
	}
	root.SetNames(synth.Names{Find: s.findProc, Next: s.nextProc})
	return vfs.Mounted{Mount: &vfs.Mount{Source: "proc", Type: "proc", Options: "rw", Root: root}, Path: "/proc"}
}

// procFS is the nodes of /proc.
type procFS struct {
	fs   *synth.FS
	root *synth.Dir
}

// findProc returns the directory of a process.
func (s *System) findProc(name string) vfs.Node {
	id, err := strconv.ParseUint(name, 10, 32)
	p := s.processes[id]
	if err != nil || name != strconv.FormatUint(id, 10) {
		return nil
	}
	if r := s.realm; r != nil && (p == nil || p.ghost()) {
		if d := r.findElsewhere(id, name); d != nil {
			return d
		}
	}
	if p == nil {
		return nil
	}
	if p.dir == nil {
		p.dir = p.newDir(name)
	}
	return p.dir
}

// nextProc returns the process of the least id above n.
func (s *System) nextProc(n uint64) (string, uint64, bool) {
	least := uint64(0)
	consider := func(id uint64) {
		if id > n && (least == 0 || id < least) {
			least = id
		}
	}
	for id := range s.processes {
		consider(id)
	}
	if r := s.realm; r != nil {
		if n == 0 && r.others != 0 {
			r.takeCensus()
		}
		for id := range r.census {
			consider(id)
		}
	}
	return strconv.FormatUint(least, 10), least, least != 0
}

// newDir makes the directory of a process.
func (p *Process) newDir(name string) *synth.Dir {
	fs := p.sys.proc.fs
	d := fs.Loose(p.sys.proc.root, name, 0o555)
	for name, f := range map[string]func() string{
		"stat": p.statText, "status": p.statusText, "statm": p.statmText, "maps": p.mapsText, "mounts": p.mountsText,
		"comm":    func() string { return p.name + "\n" },
		"cmdline": p.cmdlineText,
		"cgroup":  func() string { return "0::/\n" },
	} {
		d.Text(name, func(*vfs.Context) []byte { return []byte(f()) })
	}
	d.Link("exe", func(c *vfs.Context) string {
		if p.memory == nil || p.dead || p.program == nil {
			return ""
		}
		return p.program.Path(c)
	})
	for name, dir := range map[string]*vfs.Directory{"cwd": &p.fs.Cwd, "root": &p.fs.Root} {
		d.Link(name, func(c *vfs.Context) string { path, _ := c.Path(*dir); return path })
	}
	fd := fs.Dir(d, "fd", 0o500)
	fd.SetNames(synth.Names{
		Find: func(name string) vfs.Node { return p.descriptor(name) },
		Next: p.nextDescriptor,
	})
	return d
}

// descriptor returns the link of an open file.
func (p *Process) descriptor(name string) vfs.Node {
	n, err := strconv.ParseUint(name, 10, 32)
	if err != nil {
		return nil
	}
	f, err := p.files.Get(n)
	if err != nil {
		return nil
	}
	return p.sys.proc.fs.LooseLink(f.Path)
}

// nextDescriptor returns the least descriptor that is n or above, and the number behind it.
func (p *Process) nextDescriptor(n uint64) (name string, next uint64, ok bool) {
	p.files.Each(func(fd uint64, _ *vfs.File) {
		if !ok && fd >= n {
			name, next, ok = strconv.FormatUint(fd, 10), fd+1, true
		}
	})
	return name, next, ok
}

func (s *System) meminfo() string {
	free, all := s.memoryLeft()
	var b strings.Builder
	for _, x := range []struct {
		name  string
		bytes uint64
	}{
		{"MemTotal", all}, {"MemFree", free}, {"MemAvailable", free}, {"Buffers", 0}, {"Cached", 0}, {"SwapCached", 0},
		{"SwapTotal", 0}, {"SwapFree", 0}, {"Shmem", 0}, {"SReclaimable", 0},
	} {
		fmt.Fprintf(&b, "%-15s %8d kB\n", x.name+":", x.bytes>>10)
	}
	return b.String()
}

// hundredths formats nanoseconds as seconds.
func hundredths(ns uint64) string { return fmt.Sprintf("%d.%02d", ns/1e9, ns%1e9/1e7) }

func (s *System) uptime() string {
	_, now := s.env.Clock()
	used := uint64(0)
	for _, p := range s.processes {
		used += s.nanoseconds(p.ticks() + p.childTicks)
	}
	return hundredths(now) + " " + hundredths(now-min(used, now)) + "\n"
}

func (s *System) loadavg() string {
	return fmt.Sprintf("0.00 0.00 0.00 1/%d %d\n", len(s.processes), s.lastID)
}

// perSecond is the unit of times in /proc/stat and /proc/PID/stat (USER_HZ).
const perSecond = 100

func (s *System) clockTicks(ticks uint64) uint64 { return s.nanoseconds(ticks) / (1e9 / perSecond) }

func (s *System) statText() string {
	wall, now := s.env.Clock()
	used := uint64(0)
	for _, p := range s.processes {
		used += s.clockTicks(p.ticks() + p.childTicks)
	}
	all := now / (1e9 / perSecond)
	cpu := fmt.Sprintf("%d 0 0 %d 0 0 0 0 0 0", used, all-min(used, all))
	return fmt.Sprintf("cpu  %s\ncpu0 %s\nbtime %d\nprocesses %d\nprocs_running 1\nprocs_blocked 0\n",
		cpu, cpu, (wall-min(now, wall))/1e9, s.lastID)
}

func cpuinfo() string { return "processor\t: 0\nhart\t\t: 0\nisa\t\t: rv64imafdc\nmmu\t\t: sv39\n\n" }

// state is the letter of what a process does.
func (p *Process) state() string {
	switch {
	case p.dead:
		return "Z"
	case p.stopped:
		return "T"
	}
	for _, t := range p.threads {
		if !t.asleep && !t.inCall() {
			return "R"
		}
	}
	return "S"
}

func (p *Process) parentID() uint64 {
	if p.parent == nil {
		return 0
	}
	return p.parent.id
}

// addresses returns how many bytes of addresses a process has.
func (p *Process) addresses() (n uint64) {
	if !p.dead && !p.ghost() {
		p.space.Areas(func(lo, hi uint64, perm layout.Perm) {
			if perm != 0 {
				n += hi - lo
			}
		})
	}
	return n
}

func (p *Process) statText() string {
	terminal, foreground := 0, -1
	if t := p.fs.Terminal; t != nil {
		terminal, foreground = 5<<8|1, p.sys.foreground()
	}
	fields := []any{
		p.id, "(" + p.name + ")", p.state(), p.parentID(), p.group, p.session, terminal, foreground, 0, 0, 0, 0, 0,
		p.sys.clockTicks(p.ticks()), 0, p.sys.clockTicks(p.childTicks), 0, 20, 0, len(p.threads), 0,
		p.born / (1e9 / perSecond), p.addresses(), 0, uint64(unlimited),
	}
	const processor, all = 39, 52
	for len(fields) < all {
		fields = append(fields, 0)
	}
	fields[processor-1] = p.seat
	return strings.TrimSuffix(fmt.Sprintln(fields...), "\n") + "\n"
}

func (p *Process) statusText() string {
	long := map[string]string{"R": "running", "S": "sleeping", "T": "stopped", "Z": "zombie"}[p.state()]
	return fmt.Sprintf("Name:\t%s\nUmask:\t%04o\nState:\t%s (%s)\nTgid:\t%d\nNgid:\t0\nPid:\t%d\nPPid:\t%d\nTracerPid:\t0\n"+
		"Uid:\t0\t0\t0\t0\nGid:\t0\t0\t0\t0\nFDSize:\t%d\nVmSize:\t%8d kB\nThreads:\t%d\n",
		p.name, p.fs.Umask, p.state(), long, p.id, p.id, p.parentID(), p.files.Limit(), p.addresses()>>10, len(p.threads))
}

// cmdlineText is the arguments, each with its end: of a process that lives elsewhere nobody here knows them.
func (p *Process) cmdlineText() string {
	if p.memory == nil {
		return ""
	}
	return p.commandLine
}

func (p *Process) statmText() string {
	return fmt.Sprintf("%d 0 0 0 0 0 0\n", p.addresses()/layout.PageSize)
}

// mapsText lists the areas of the address space. Which file an area is of it does not say.
func (p *Process) mapsText() string {
	if p.dead || p.ghost() {
		return ""
	}
	var b strings.Builder
	p.space.Areas(func(lo, hi uint64, perm layout.Perm) {
		letters := []byte("---p")
		for i, x := range []layout.Perm{layout.R, layout.W, layout.X} {
			if perm&x != 0 {
				letters[i] = "rwx"[i]
			}
		}
		fmt.Fprintf(&b, "%x-%x %s 00000000 00:00 0\n", lo, hi, letters)
	})
	return b.String()
}

func (p *Process) mountsText() string {
	var b strings.Builder
	for _, m := range p.fs.Mounts() {
		fmt.Fprintf(&b, "%s %s %s %s 0 0\n", m.Source, m.Path, m.Type, m.Options)
	}
	return b.String()
}
