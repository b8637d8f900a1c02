package linux

import (
	"syscall"
	"testing"
	"time"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// A process mounts file systems in memory, and what there is once where it is not; what is written
// there is gone when it is unmounted, and when all have ended.
// Sabotages: in mount, leave out kinds; in unmount, or in end, clear nothing; take any flags; in busy, do not look where processes are.
func TestMount(t *testing.T) {
	const nrMount, nrUmount, nrChdir, cwd = 40, 39, 49, 1<<64 + atCwd
	w := newProcessWorld(t)
	fs := w.p.fs
	for _, dir := range []string{"/m", "/proc", "/other"} {
		fs.Mkdir(fs.Root, dir, 0o755)
	}
	w.s.mountProc()
	w.s.kinds["proc"] = vfs.Mount{Source: "proc", Type: "proc", Options: "rw", Root: w.s.proc.root}
	at := map[string]uint64{}
	for i, text := range []string{"/m", "/m/f", "/proc", "/other", "/none", "tmpfs", "proc", "sysfs"} {
		at[text] = scratch + 0x1000 + uint64(i)*16
		w.putString(at[text], text)
	}
	busy, noDevice := errno(syscall.EBUSY), errno(syscall.ENODEV)
	s := script{1: {
		do(nrMount, at["tmpfs"], at["/m"], at["tmpfs"], syscall.MS_NOSUID|mountMagic),
		see(t, "mount of a tmpfs", 0, do(nrOpenat, cwd, at["/m/f"], syscall.O_CREAT|syscall.O_RDWR, 0o644)),
		see(t, "open in it", 3, do(nrWrite, 3, scratch, 5000)),
		see(t, "write", 5000, do(nrMount, 0, at["/proc"], at["proc"], 0)),
		see(t, "mount of what is mounted", busy.result(), do(nrMount, 0, at["/other"], at["sysfs"], 0)),
		see(t, "mount of a kind that there is not", noDevice.result(), do(nrMount, 0, at["/none"], at["tmpfs"], 0)),
		see(t, "mount in a place that there is not", noEnt.result(), do(nrMount, at["/m"], at["/other"], 0, syscall.MS_BIND)),
		see(t, "mount that binds", inval.result(), do(nrUmount, at["/other"], 0)),
		see(t, "umount of what is no mount", inval.result(), do(nrUmount, at["/proc"], 0)),
		see(t, "umount", 0, do(nrMount, 0, at["/other"], at["proc"], 0)),
		see(t, "mount of what there is once, elsewhere", 0, do(nrChdir, at["/m"])),
		see(t, "chdir", 0, do(nrUmount, at["/m"], 0)),
		see(t, "umount of where it is", busy.result(), do(nrChdir, at["/other"])),
		see(t, "chdir", 0, do(nrUmount, at["/m"], syscall.MNT_DETACH)),
		see(t, "umount of the tmpfs", 0, do(nrOpenat, cwd, at["/m/f"], syscall.O_RDWR, 0)),
		see(t, "open of what was in it", noEnt.result(), do(nrClose, 3)),
		see(t, "close", 0, func(th *thread) bool {
			if len(w.s.tmpfs) != 0 {
				t.Error("it is there when it has been unmounted")
			}
			return th.set(nrMount, 0, at["/m"], at["tmpfs"], 0)
		}),
		see(t, "mount of another", 0, do(nrExitGroup, 0)),
	}}
	before := statOf(fs)
	w.start(s.next)
	w.finish(t, s, 0)
	if after := statOf(fs); len(w.s.tmpfs) != 0 || after != before {
		t.Errorf("%d are mounted at the end; room %+v, before %+v", len(w.s.tmpfs), after, before)
	}
}

// statOf says how much room there is.
func statOf(c *vfs.Context) vfs.SystemStat { return c.Root.(vfs.System).Stat() }

// volumes is a world that has a disk, vda, with a file system.
type volumes struct {
	*world
	far *farfs.FS
}

func (v volumes) Volume(kind, source string, number uint64) (*farfs.FS, error) {
	switch {
	case kind != "vfat":
		return nil, syscall.ENODEV
	case source != "/dev/vda":
		return nil, syscall.ENOTBLK
	}
	return v.far, nil
}

// disk is a server of a file system in which nothing is but a file, f.
type disk struct {
	farfs.Server
	attached, detached int
	missing            bool
}

func (d *disk) Attach() (farfs.Info, error) {
	if d.missing {
		return farfs.Info{}, syscall.ENXIO
	}
	d.attached++
	return d.Attr(farfs.Ref{})
}
func (d *disk) Detach() error                     { d.detached++; return nil }
func (d *disk) Open(farfs.Ref, bool) error        { return nil }
func (d *disk) Close(uint64)                      {}
func (d *disk) Stat() (s vfs.SystemStat, e error) { return s, nil }
func (d *disk) Attr(r farfs.Ref) (farfs.Info, error) {
	if r.Path == "" {
		return farfs.Info{Attr: vfs.Attr{Ino: 1, Mode: syscall.S_IFDIR | 0o755, Links: 1}}, nil
	}
	return farfs.Info{Attr: vfs.Attr{Ino: 2, Mode: syscall.S_IFREG | 0o644, Links: 1, Size: 3}}, nil
}
func (d *disk) Lookup(_ farfs.Ref, name string) (farfs.Info, error) {
	if name != "f" {
		return farfs.Info{}, syscall.ENOENT
	}
	return d.Attr(farfs.Ref{Path: name})
}

// A disk is mounted, is busy while a file of it is open or a process is in it, and is given up when it is unmounted. What is
// no disk, or is not there, is an error, and nothing is left of it.
// Sabotages: in busy, do not look at volumes; in unmount, do not Detach; in mountVolume, mount what could not be attached, or do not look for the source.
func TestMountVolume(t *testing.T) {
	const nrMount, nrUmount, nrChdir, cwd = 40, 39, 49, 1<<64 + atCwd
	for _, c := range []struct {
		name    string
		missing bool
	}{{"there", false}, {"missing", true}} {
		w := newProcessWorld(t)
		d := &disk{missing: c.missing}
		w.idle = func() bool { time.Sleep(time.Millisecond); return !w.p.dead }
		far := farfs.New(d, 9, w.s.coroutines, w.loop.Do, 1<<20)
		w.s.env = volumes{w, far}
		w.redo = true
		fs := w.p.fs
		fs.Mkdir(fs.Root, "/m", 0o755)
		at := map[string]uint64{}
		for i, text := range []string{"/m", "/m/f", "/", "vfat", "ext4", "/dev/vda", "disk", "/no/such"} {
			at[text] = scratch + 0x1000 + uint64(i)*16
			w.putString(at[text], text)
		}
		result := func(e syscall.Errno) uint64 { return errno(e).result() }
		s := script{1: {
			do(nrMount, at["/dev/vda"], at["/m"], at["ext4"], 0),
			see(t, "mount of a kind that there is not", result(syscall.ENODEV), do(nrMount, at["disk"], at["/m"], at["vfat"], 0)),
			see(t, "mount of nothing", noEnt.result(), do(nrMount, at["/no/such"], at["/m"], at["vfat"], 0)),
			see(t, "mount of nothing on the way", noEnt.result(), do(nrMount, at["/m"], at["/m"], at["vfat"], 0)),
			see(t, "mount of no disk", result(syscall.ENOTBLK), do(nrMount, at["/dev/vda"], at["/m"], at["vfat"], 0)),
		}}
		if c.missing {
			s[1] = append(s[1], see(t, "mount of a disk that is not there", result(syscall.ENXIO), do(nrExitGroup, 0)))
		} else {
			s[1] = append(s[1],
				see(t, "mount", 0, do(nrOpenat, cwd, at["/m/f"], syscall.O_RDONLY, 0)),
				see(t, "open", 3, do(nrUmount, at["/m"], 0)),
				see(t, "umount with an open file", result(syscall.EBUSY), do(nrClose, 3)),
				see(t, "close", 0, do(nrChdir, at["/m"])),
				see(t, "chdir", 0, do(nrUmount, at["/m"], 0)),
				see(t, "umount of where a process is", result(syscall.EBUSY), do(nrChdir, at["/"])),
				see(t, "chdir", 0, do(nrUmount, at["/m"], 0)),
				see(t, "umount", 0, do(nrOpenat, cwd, at["/m/f"], syscall.O_RDONLY, 0)),
				see(t, "open of what was there", noEnt.result(), do(nrUmount, at["/m"], 0)),
				see(t, "umount of what is no mount", inval.result(), do(nrExitGroup, 0)))
		}
		w.start(s.next)
		w.finish(t, s, 0)
		if n := len(w.s.volumes); n != 0 {
			t.Errorf("%s: %d volumes are left", c.name, n)
		}
		if !c.missing && (d.attached != 1 || d.detached != 1) {
			t.Errorf("attached %d times, detached %d", d.attached, d.detached)
		}
	}
}
