package linux

import (
	"math"
	"syscall"

	"atoll/user/vfs"
)

// Calls that make names, take them away, and change what is known of what they stand for.

// at calls do with a path of the process.
func (t *thread) at(dirfd, va uint64, do func(from vfs.Directory, path string) error) {
	from, path, err := t.place(dirfd, va)
	switch {
	case err != nil:
	case path == "":
		err = syscall.ENOENT
	default:
		err = do(from, path)
	}
	t.reply(err)
}

func mkdirat(t *thread, a args) {
	t.at(a[0], a[1], func(from vfs.Directory, path string) error { return t.p.fs.Mkdir(from, path, uint32(a[2])) })
}

func mknodat(t *thread, a args) {
	t.at(a[0], a[1], func(from vfs.Directory, path string) error { return t.p.fs.Mknod(from, path, uint32(a[2])) })
}

func unlinkat(t *thread, a args) {
	t.at(a[0], a[1], func(from vfs.Directory, path string) error {
		switch a[2] {
		case 0:
			return t.p.fs.Unlink(from, path)
		case atRemoveDir:
			return t.p.fs.Rmdir(from, path)
		}
		return syscall.EINVAL
	})
}

func symlinkat(t *thread, a args) {
	target, err := t.text(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	t.at(a[1], a[2], func(from vfs.Directory, path string) error { return t.p.fs.Symlink(target, from, path) })
}

func linkat(t *thread, a args) {
	flags := a[4] & atEmptyPath
	if a[4]&atSymlinkFollow == 0 {
		flags |= atSymlinkNoFollow
	}
	n, _, err := t.node(a[0], a[1], flags)
	if err == nil && n == nil {
		err = syscall.EXDEV
	}
	if err != nil {
		t.reply(err)
		return
	}
	t.at(a[2], a[3], func(from vfs.Directory, path string) error { return t.p.fs.Link(n, from, path) })
}

func renameat2(t *thread, a args) {
	from, path, err := t.place(a[0], a[1])
	if err == nil && path == "" {
		err = syscall.ENOENT
	}
	if err != nil {
		t.reply(err)
		return
	}
	t.at(a[2], a[3], func(to vfs.Directory, newPath string) error {
		return t.p.fs.Rename(from, path, to, newPath, a[4])
	})
}

func readlinkat(t *thread, a args) {
	t.atResult(a[0], a[1], func(from vfs.Directory, path string) (uint64, error) {
		target, err := t.p.fs.Readlink(from, path)
		switch {
		case err != nil:
			return 0, err
		case int64(a[3]) <= 0:
			return 0, syscall.EINVAL
		}
		b := []byte(target)[:min(uint64(len(target)), a[3])]
		if _, err := t.p.write(a[2], b); err != nil {
			return 0, syscall.EFAULT
		}
		return uint64(len(b)), nil
	})
}

// atResult is at for what answers a number.
func (t *thread) atResult(dirfd, va uint64, do func(from vfs.Directory, path string) (uint64, error)) {
	n := uint64(0)
	t.at(dirfd, va, func(from vfs.Directory, path string) (err error) {
		n, err = do(from, path)
		return err
	})
	if t.X[regA0] == 0 {
		t.answer(n)
	}
}

func truncate(t *thread, a args) {
	n, err := t.nodeOf(a[0])
	if err == nil {
		err = vfs.Truncate(n, int64(a[1]))
	}
	t.reply(err)
}

// nodeOf returns what a path leads to, from the process's own directory.
func (t *thread) nodeOf(va uint64) (vfs.Node, error) {
	const cwd = 1<<64 + atCwd
	n, _, err := t.node(cwd, va, 0)
	return n, err
}

// faccessat ignores how it is asked, for the rights are the same.
func faccessat(t *thread, a args) {
	n, _, err := t.node(a[0], a[1], 0)
	if err == nil {
		err = vfs.Access(n, uint32(a[2]))
	}
	t.reply(err)
}

func faccessat2(t *thread, a args) {
	n, f, err := t.node(a[0], a[1], a[3])
	if err == nil && (n != nil || f == nil) {
		err = vfs.Access(n, uint32(a[2]))
	}
	t.reply(err)
}

// change changes what is known of a node.
func (t *thread) change(n vfs.Node, err error, c vfs.Change) {
	switch {
	case err != nil:
	case n == nil:
		// A pipe: nobody could see a difference.
	default:
		err = vfs.SetAttr(n, c)
	}
	t.reply(err)
}

func fchmodat(t *thread, a args) {
	mode := uint32(a[2]) & 0o7777
	n, _, err := t.node(a[0], a[1], 0)
	t.change(n, err, vfs.Change{Mode: &mode})
}

func fchmod(t *thread, a args) {
	mode := uint32(a[1]) & 0o7777
	n, err := t.fileNode(a[0])
	t.change(n, err, vfs.Change{Mode: &mode})
}

// fileNode returns the node of a descriptor, nil for a pipe and the like.
func (t *thread) fileNode(fd uint64) (vfs.Node, error) {
	f, err := t.file(fd)
	if err != nil {
		return nil, err
	}
	return f.Node, nil
}

// owners is a change of the owner, the group, or both: -1 stays.
func owners(uid, gid uint64) (c vfs.Change) {
	for _, x := range []struct {
		id uint32
		to **uint32
	}{{uint32(uid), &c.UID}, {uint32(gid), &c.GID}} {
		if x.id != math.MaxUint32 {
			*x.to = &x.id
		}
	}
	return c
}

func fchownat(t *thread, a args) {
	n, _, err := t.node(a[0], a[1], a[4])
	t.change(n, err, owners(a[2], a[3]))
}

func fchown(t *thread, a args) {
	n, err := t.fileNode(a[0])
	t.change(n, err, owners(a[1], a[2]))
}

// utimensat sets times, of a descriptor where there is no path.
func utimensat(t *thread, a args) {
	var n vfs.Node
	var err error
	if a[1] == 0 {
		n, err = t.fileNode(a[0])
	} else {
		n, _, err = t.node(a[0], a[1], a[3])
	}
	c, err2 := t.times(a[2])
	if err == nil {
		err = err2
	}
	t.change(n, err, c)
}

// times reads two times; without any both are now.
func (t *thread) times(va uint64) (c vfs.Change, err error) {
	const now, omit = 1<<30 - 1, 1<<30 - 2
	wall, _ := t.p.sys.env.Clock()
	for i, to := range []**int64{&c.Atime, &c.Mtime} {
		ns := int64(wall)
		if va != 0 {
			sec, ok := t.p.load64(va + 16*uint64(i))
			nsec, ok2 := t.p.load64(va + 16*uint64(i) + 8)
			switch {
			case !ok || !ok2:
				return c, syscall.EFAULT
			case nsec == omit:
				continue
			case nsec == now:
			case nsec >= 1e9:
				return c, syscall.EINVAL
			default:
				ns = int64(sec)*1e9 + int64(nsec)
			}
		}
		*to = &ns
	}
	return c, nil
}

func chdir(t *thread, a args)  { t.withPath(a[0], t.p.fs.Chdir) }
func chroot(t *thread, a args) { t.withPath(a[0], t.p.fs.Chroot) }

func (t *thread) withPath(va uint64, do func(string) error) {
	path, err := t.text(va)
	if err == nil {
		err = do(path)
	}
	t.reply(err)
}

func fchdir(t *thread, a args) {
	f, err := t.file(a[0])
	if err != nil {
		t.reply(err)
		return
	}
	d, err := f.Directory()
	if err == nil {
		t.p.fs.Cwd = d
	}
	t.reply(err)
}

func getcwd(t *thread, a args) {
	path, err := t.p.fs.Path(t.p.fs.Cwd)
	b := append([]byte(path), 0)
	switch {
	case err != nil:
	case uint64(len(b)) > a[1]:
		err = syscall.ERANGE
	default:
		if _, e := t.p.write(a[0], b); e != nil {
			err = syscall.EFAULT
		}
	}
	t.result(uint64(len(b)), err)
}

func umask(t *thread, a args) {
	old := t.p.fs.Umask
	t.p.fs.Umask = uint32(a[0]) & 0o777
	t.answer(uint64(old))
}
