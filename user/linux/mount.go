package linux

import (
	"errors"
	"syscall"

	"atoll/user/vfs"
)

// Mounts are those of a system of processes, which begins with those of the core: nobody else sees
// what it changes.

// Flags of mount that mean what holds in any case, or say nothing of what is seen.
const mountFlags = syscall.MS_NOSUID | syscall.MS_NODEV | syscall.MS_NOATIME | syscall.MS_NODIRATIME |
	syscall.MS_RELATIME | syscall.MS_STRICTATIME | syscall.MS_SILENT

// mountMagic once had to stand above the flags.
const mountMagic, mountMagicMask = 0xc0ed0000, 0xffff0000

// errWithin says that a call has to wait in its middle, and could not: made again it can.
var errWithin = errors.New("the call is to be made again")

func mount(t *thread, a args) {
	err := t.mount(a)
	if err == errWithin {
		t.PC -= callSize
		return
	}
	t.reply(err)
}

func (t *thread) mount(a args) error {
	flags := uint32(a[3])
	if flags&mountMagicMask == mountMagic {
		flags &^= mountMagicMask
	}
	path, err := t.text(a[1])
	if err != nil {
		return err
	}
	if flags&^mountFlags != 0 {
		return syscall.EINVAL
	}
	kind, err := t.text(a[2])
	if err != nil {
		return err
	}
	source := "none"
	if a[0] != 0 {
		if source, err = t.text(a[0]); err != nil {
			return err
		}
	}
	if len(source) > vfs.MaxName {
		return syscall.ENAMETOOLONG // it is kept
	}
	if t.p.sys.annex() {
		return t.mountAtHome(fileMount, fileQuestion{name: source, target: kind}, path)
	}
	return t.p.sys.mount(t.p.fs, source, path, kind)
}

// mountAtHome has the home of the realm mount something, or unmount it: what is mounted is so for all of the run.
func (t *thread) mountAtHome(op uint64, q fileQuestion, path string) error {
	if path == "" || path[0] != '/' {
		cwd, err := t.p.fs.Path(t.p.fs.Cwd)
		if err != nil {
			return err
		}
		path = cwd + "/" + path
	}
	q.newName = path
	return t.p.sys.realm.askHome(op, q)
}

// mount mounts a new tmpfs, or what there is once and is not mounted: EBUSY if it is.
func (s *System) mount(c *vfs.Context, source, path, kind string) error {
	if m, there := s.kinds[kind]; there {
		return s.files.Mount(c, path, m)
	}
	first, is := vfs.NewContext(s.files).Root.(vfs.Tmpfs)
	if kind != "tmpfs" || !is {
		return s.mountVolume(c, source, path, kind)
	}
	s.devices++
	root, err := first.Another(s.devices)
	if err != nil {
		return err
	}
	if err = s.files.Mount(c, path, vfs.Mount{Source: source, Type: kind, Options: "rw", Root: root}); err != nil {
		root.Clear()
		return err
	}
	s.tmpfs[root] = root
	return nil
}

// mountVolume mounts a file system on a disk.
func (s *System) mountVolume(c *vfs.Context, source, path, kind string) error {
	s.devices++
	fs, err := s.env.Volume(kind, source, s.devices)
	if err == syscall.ENOTBLK && isNothing(c, source) {
		return syscall.ENOENT
	}
	if err != nil {
		return err
	}
	if err = fs.Attach(); err == syscall.EAGAIN { // until there was one that waits no call could
		fs.End()
		return errWithin
	}
	if err == nil {
		err = s.files.Mount(c, path, vfs.Mount{Source: source, Type: kind, Options: "rw", Root: fs.Root()})
	}
	if err != nil || s.ended {
		fs.End()
		return err
	}
	s.volumes[fs.Root()] = fs
	return nil
}

// isNothing reports whether no file is there.
func isNothing(c *vfs.Context, path string) bool {
	found, err := c.Walk(c.Cwd, path, true)
	return err == syscall.ENOENT || err == nil && found.Node == nil
}

func umount(t *thread, a args) {
	path, err := t.text(a[0])
	if err == nil && a[1]&^(syscall.MNT_FORCE|syscall.MNT_DETACH|unmountNoFollow) != 0 {
		err = syscall.EINVAL
	}
	detach := a[1]&syscall.MNT_DETACH != 0
	switch {
	case err != nil:
	case t.p.sys.annex():
		q := fileQuestion{}
		if detach {
			q.mode = 1
		}
		err = t.mountAtHome(fileUnmount, q, path)
	default:
		err = t.p.sys.unmount(t.p.fs, path, detach)
	}
	t.reply(err)
}

const unmountNoFollow = 8

// unmount unmounts what is mounted there, unless it is busy and is not to be detached.
func (s *System) unmount(c *vfs.Context, path string, detach bool) error {
	if n, err := c.Find(c.Cwd, path, true); err == nil && !detach {
		if d, is := n.(vfs.Directory); is && s.busy(d) {
			return syscall.EBUSY
		}
	}
	root, err := s.files.Unmount(c, path)
	if err != nil {
		return err
	}
	s.clear(root)
	fs := s.volumes[root]
	switch delete(s.volumes, root); {
	case fs == nil:
		return nil
	case detach:
		fs.End()
		return nil
	}
	return fs.Detach()
}

// busy reports whether what is mounted with a root is in use: on a disk files of it are open, or a process here is in a directory of it.
func (s *System) busy(root vfs.Directory) bool {
	if fs := s.volumes[root]; fs != nil && fs.Busy() {
		return true
	}
	for _, p := range s.processes {
		if !p.dead && !p.ghost() && (s.files.Mounted(root, p.fs.Cwd) || s.files.Mounted(root, p.fs.Root)) {
			return true
		}
	}
	return false
}

// clear ends a file system that was mounted for the processes.
func (s *System) clear(root vfs.Directory) {
	if fs := s.tmpfs[root]; fs != nil {
		fs.Clear()
		delete(s.tmpfs, root)
	}
}

// syslog is about what the kernel says to whoever asks: nothing.
func syslog(t *thread, a args) {
	const last = 10
	if a[0] > last {
		t.fail(inval)
		return
	}
	t.answer(0)
}
