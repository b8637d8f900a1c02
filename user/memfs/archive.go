package memfs

import (
	"path"
	"strings"
	"syscall"

	"atoll/user/vfs"
)

// Member is a file of an archive.
type Member struct {
	Path   string // without a slash in front
	Mode   uint32 // type and permission bits
	Mtime  int64  // nanoseconds since 1970
	Data   []byte // of a regular file: borrowed, and never written
	At     uint64 // physical address of Data, 0: it may lie anywhere
	Target string // of a symbolic link
}

// Add adds a file of an archive; of two with the same path the later counts. What the file
// system cannot hold, such as a device, is left out. It fails with ENOSPC, with ENOTDIR
// where the path leads through a file, and with EISDIR in place of a directory.
func (fs *FS) Add(m Member) error {
	clean := strings.TrimPrefix(path.Clean("/"+m.Path), "/")
	if clean == "" {
		fs.root.mode = syscall.S_IFDIR | m.Mode&0o7777
		return nil
	}
	parent, text := path.Split(clean)
	d, err := fs.mkdirs(strings.TrimSuffix(parent, "/"))
	if err != nil {
		return err
	}
	switch m.Mode & syscall.S_IFMT {
	case syscall.S_IFDIR:
		d, err = fs.mkdirs(clean)
		if err == nil {
			d.mode, d.mtime = m.Mode, m.Mtime
		}
		return err
	case syscall.S_IFREG, syscall.S_IFLNK:
	default:
		return nil
	}
	return d.addMember(text, m)
}

// addMember makes a file or a link, in place of what has its name.
func (d *dir) addMember(text string, m Member) error {
	if old := d.names[text]; old != nil {
		if _, isDir := old.node.(*dir); isDir {
			return syscall.EISDIR
		}
		d.Unlink(text)
	}
	made, err := d.Create(text, vfs.New{Mode: m.Mode, Target: m.Target})
	if err != nil {
		return err
	}
	if f, ok := made.(*file); ok {
		f.below, f.at, f.size = m.Data, m.At, int64(len(m.Data))
	}
	made.(based).base().mtime = m.Mtime
	return nil
}

// mkdirs returns the directory of a clean path, and makes it where it is missing.
func (fs *FS) mkdirs(clean string) (*dir, error) {
	d := fs.root
	for text := range strings.SplitSeq(clean, "/") {
		if text == "" {
			continue
		}
		if d.names[text] == nil {
			if _, err := d.Create(text, vfs.New{Mode: syscall.S_IFDIR | 0o755}); err != nil {
				return nil, err
			}
		}
		sub, ok := d.names[text].node.(*dir)
		if !ok {
			return nil, syscall.ENOTDIR
		}
		d = sub
	}
	return d, nil
}
