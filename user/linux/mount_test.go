package linux

import (
	"syscall"
	"testing"

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
