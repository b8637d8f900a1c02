package boot

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"atoll/monitor"
	"atoll/monitor/disk"
	"atoll/test/qemu"
)

// modern makes QEMU's virtio registers those of version 2.
var modern = []string{"-global", "virtio-mmio.force-legacy=false"}

// newDisk makes a file for a disk of so many sectors, which carry the stamp.
func newDisk(t *testing.T, sectors int, stamp uint64) string {
	t.Helper()
	data := make([]byte, sectors*disk.Sector)
	disk.Fill(data, 0, stamp)
	path := filepath.Join(t.TempDir(), "disk.img")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// drives returns QEMU's arguments for disks, each given as what -drive wants of it.
func drives(list ...string) (args []string) {
	for i, d := range list {
		id := fmt.Sprint("drive", i)
		args = append(args, "-drive", "if=none,id="+id+","+d, "-device", "virtio-blk-device,drive="+id+",serial=number-"+fmt.Sprint(i))
	}
	return args
}

// plainDisk is a drive of a file without a header.
func plainDisk(file string) string { return "format=raw,file=" + file }

// diskWork is done by each of two cores: the one that drives the disks, and the last.
const diskWork = `disk verify 0 1000 1 -core N; disk check 100 50 77 -core N; disk write 2000 70 5 -core N;
disk verify 2000 70 5 -core N; disk write 2000 70 1 -core N; disk verify 0 100 2 -disk 1 -core N`

// TestS76Disks reads, writes and checks disks of both versions of the registers, one of
// them read-only, from the core that drives them and from another. What was written stands
// in the file, and what was there before a check, too.
// Sabotage: let serveRead hand over its buffer without a Read; let tell write the low half
// of an address only (above 4 GiB); leave the interrupt out of Enable.
func TestS76Disks(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, mem, is string
		harts         int
		extra         []string
	}{
		{"legacy", "", "legacy", 3, nil},
		{"modern", "", "modern", 3, modern},
		{"modern above 4 GiB", "6G", "modern", 1, modern},
	} {
		t.Run(c.name, func(t *testing.T) {
			file, fixed := newDisk(t, 4096, 1), newDisk(t, 100, 2)
			o := machine(c.harts)
			o.Mem, o.Extra = c.mem, append(drives(plainDisk(file), plainDisk(fixed)+",readonly=on"), c.extra...)
			last := fmt.Sprint(c.harts - 1)
			console := run(t, o, strings.ReplaceAll(diskWork, "N", "0")+"; "+strings.ReplaceAll(diskWork, "N", last)+
				"; disk write 1000 999 9 -core "+last+"; disk verify 1000 999 9; disk; audit")
			if n := len(qemu.Facts(console, "disk-work")); n != 14 {
				t.Errorf("%d pieces of work:\n%s", n, kernelPart(console))
			}
			disks := qemu.Facts(console, "disk")
			if len(disks) != 2 {
				t.Fatalf("%d disks:\n%s", len(disks), kernelPart(console))
			}
			for i, is := range []string{c.is + ",cached", c.is + ",read-only,cached"} {
				d := disks[i]
				if d.Int("disk") != i || d.Values["is"] != is || d.Values["id"] != fmt.Sprint("number-", i) ||
					d.Int("errors") != 0 || d.Int("interrupts") == 0 || d.Int("resets") != 0 {
					t.Errorf("disk %d: %v, want %s", i, d.Values, is)
				}
			}
			if sum := only(t, console, "audit"); sum.Int("violations") != 0 || !strings.Contains(console, "kind=dma pages=256 cores=0 shared=0") {
				t.Errorf("audit: %v", sum.Values)
			}
			checkSectors(t, file, 0, 1000, 1)
			checkSectors(t, file, 1000, 999, 9)
			checkSectors(t, file, 2000, 2096, 1)
			checkSectors(t, fixed, 0, 100, 2)
		})
	}
}

// checkSectors checks that sectors in a file have the stamp.
func checkSectors(t *testing.T, file string, first, count int, stamp uint64) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for i := first; i < first+count; i++ {
		if s, ok := disk.Stamp(data[i*disk.Sector:][:disk.Sector], uint64(i)); !ok || s != stamp {
			t.Errorf("sector %d of the file has stamp %d, whole: %v; want %d", i, s, ok, stamp)
			return
		}
	}
}

// TestS76Errors has a disk whose medium fails in places, one that is read-only, and no third:
// what cannot be is said, and is a failure of the command, from whatever core; what lies
// beside the bad sectors is read and written.
// Sabotage: let result return nil for statusIOError; let serve answer code 0 always.
func TestS76Errors(t *testing.T) {
	t.Parallel()
	file, fixed := newDisk(t, 200, 3), newDisk(t, 8, 2)
	o := machine(2)
	o.Extra = append(drives("driver=blkdebug,image.driver=file,image.filename="+file+
		",inject-error.0.event=none,inject-error.0.iotype=read,inject-error.0.errno=5,inject-error.0.sector=40"+
		",inject-error.1.event=none,inject-error.1.iotype=write,inject-error.1.errno=5,inject-error.1.sector=80",
		plainDisk(fixed)+",readonly=on"), modern...)
	g := session(t, o)
	for _, core := range []string{"0", "1"} {
		for _, c := range [][2]string{
			{"disk read 40 -core N", `^disk: .*an error of its medium`},
			{"disk verify 30 20 3 -core N", `^disk: .*an error of its medium`},
			{"disk write 80 1 3 -core N", `^disk: .*an error of its medium`},
			{"disk check 70 20 -core N", `^disk: .*an error of its medium`},
			{"disk write 0 1 -disk 1 -core N", `^disk: .*the disk is read-only`},
			{"disk read 0 -disk 2 -core N", `^disk: there is no disk 2; see disk`},
			{"disk read 200 -core N", `^disk: disk 0 has the sectors 0 to 199`},
			{"disk verify 41 39 3 -core N", `work=verify .*bad=0`},
			{"disk write 81 100 3 -core N", `work=write .*bad=0`},
		} {
			g.Send(strings.ReplaceAll(c[0], "N", core) + "\r")
			g.Expect(c[1])
		}
	}
	g.Send("disk\r")
	g.Expect(`^@0 disk disk=0 .* errors=[1-9]\d* .* resets=0 `)
	g.Send("poweroff\r")
	g.Wait()
	checkSectors(t, file, 0, 200, 3)
}

// TestS76None has no disk: the slots are there, and empty.
// Sabotage: let Probe take a device of kind 0.
func TestS76None(t *testing.T) {
	t.Parallel()
	status, console := qemu.RunCommands(t, machine(2), "disk; audit; disk read 0")
	if got := exitStatus(t, console); got != 1 || status != 1 || only(t, console, "disks").Int("disks") != 0 || !strings.Contains(console, "disk: no core drives a disk") {
		t.Errorf("exit status %d, QEMU's %d\n%s", got, status, kernelPart(console))
	}
	if only(t, console, "audit").Int("violations") != 0 || strings.Contains(console, "kind=dma") {
		t.Errorf("the audit:\n%s", kernelPart(console))
	}
}

// TestS76Death lets the core that drives a slow disk die while three others write to it,
// twice. Each is told that what became of its write is not known, finds what was done before
// where it should be, and goes on with the next owner. In the end the file has the last write of each
// block, whole, and no other.
// Sabotage: let serveWrite answer before the disk has ended the request (go d.Write).
func TestS76Death(t *testing.T) {
	t.Parallel()
	const harts = 4
	file := newDisk(t, 4096, 1)
	o := machine(harts)
	o.Extra = append(drives(plainDisk(file)+",throttling.iops-write=100"), modern...)
	m := newMortal(t, o)
	m.do("disk soak start", `^4 cores write to disk 0$`)
	for _, way := range []string{"panic", "hang"} {
		m.writes(10)
		victim := m.owner
		m.Send(fmt.Sprintf("crash %d %s\r", victim, way))
		m.deaths(victim)
		m.start(victim)
		m.writes(10)
	}
	m.goesOn()
	m.Send("disk soak stop\r")
	failed := 0
	last := map[int]int{}
	for range 2 { // cores 0 and 1 have died
		f := m.Expect(`^@\d disk-soak core=(\d) sector=\d+ done=(\d+) failed=(\d+) lost=0 torn=\d+ error="?(.*)$`)
		core, done, times := atoi(f[1]), atoi(f[2]), atoi(f[3])
		last[core] = done
		if failed += times; times > 0 && !strings.Contains(f[4], "peer-dead: core") {
			t.Errorf("core %d: the error is %s", core, f[4])
		}
	}
	if failed < 2 {
		t.Errorf("%d writes have failed in two deaths", failed)
	}
	m.end()
	for core, done := range last {
		for n := done; n > done-8; n-- {
			first := core*64 + n%8*8
			checkSectors(t, file, first, 8, monitor.SoakStamp(core, uint64(n)))
		}
	}
	if len(last) != 2 {
		t.Errorf("the last writes: %v", last)
	}
}

// writes waits until every living core that writes has done some more.
func (m *mortal) writes(more int) {
	m.t.Helper()
	done := func() map[string]int {
		got := map[string]int{}
		m.Send("disk soak report; echo reported\r")
		for {
			f := m.Expect(`^@\d disk-soak core=(\d) .*done=(\d+) .* lost=(\d+) |^reported$`)
			if f[1] == "" {
				return got
			}
			if got[f[1]] = atoi(f[2]); f[3] != "0" {
				m.t.Errorf("core %s has lost %s blocks", f[1], f[3])
			}
		}
	}
	before := done()
	for range 400 {
		enough := true
		now := done()
		for core, n := range now {
			enough = enough && n >= before[core]+more
		}
		if enough && len(now) > 0 {
			return
		}
	}
	m.t.Errorf("the cores write no more: %v, then %v", before, done())
}

func atoi(s string) int {
	n, _ := strconv.Atoi(s)
	return n
}

// TestS76Seeds has an entropy device: every core gets a seed of it, once in each life, also
// from the next owner.
// Sabotage: leave Entropy out of virtioSlot.start; leave keepSeeds out of the event loop.
func TestS76Seeds(t *testing.T) {
	t.Parallel()
	o := machine(3)
	o.Extra = []string{"-device", "virtio-rng-device"}
	m := newMortal(t, o)
	seeded := func(cores ...int) {
		t.Helper()
		for _, core := range cores {
			for tries := 0; ; tries++ {
				if f := m.do(fmt.Sprint("random ", core), `^@\d random core=\d seeds=(\d+)$`); f[1] != "0" {
					break
				} else if tries == 500 {
					t.Fatalf("core %d has no seed", core)
				}
			}
		}
	}
	seeded(0, 1, 2)
	m.Send("crash 0 panic\r")
	m.deaths(0)
	m.start(0)
	seeded(0)
	m.end()
}

// TestS76Log has a virtio console, whose output is a file: what cores say is there, too, also
// when its owner has died.
// Sabotage: leave logTo out of virtioSlot.start.
func TestS76Log(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "log")
	o := machine(3)
	o.Extra = append([]string{"-device", "virtio-serial-device", "-chardev", "file,id=log,path=" + file, "-device", "virtconsole,chardev=log"}, modern...)
	m := newMortal(t, o)
	logged := func(want string) {
		t.Helper()
		for range 500 {
			m.goesOn() // time passes
			if log, err := os.ReadFile(file); err == nil && strings.Contains(string(log), want) {
				return
			}
		}
		t.Errorf("the log lacks %q", want)
	}
	for _, victim := range []int{2, 0, 2} {
		m.Send(fmt.Sprintf("crash %d panic\r", victim))
		m.deaths(victim)
		m.start(victim)
		if victim == 2 {
			logged(fmt.Sprintf("@%d dead core=2 cause=panic\n", m.owner))
		}
	}
	m.end()
}
