package ninep

import (
	"io/fs"
	"strings"
	"syscall"

	"github.com/hugelgupf/p9/p9"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// info asks for what is known of a file, and of a link where it leads.
func info(file p9.File) (farfs.Info, error) {
	qid, _, a, err := file.GetAttr(p9.AttrMaskAll)
	if err != nil {
		return farfs.Info{}, err
	}
	i := farfs.Info{Attr: vfs.Attr{
		Ino: qid.Path, Mode: uint32(a.Mode), Links: uint32(a.NLink), UID: uint32(a.UID), GID: uint32(a.GID),
		Device: uint64(a.RDev), Size: int64(min(a.Size, 1<<62)),
		Atime: nanoseconds(a.ATimeSeconds, a.ATimeNanoSeconds),
		Mtime: nanoseconds(a.MTimeSeconds, a.MTimeNanoSeconds),
		Ctime: nanoseconds(a.CTimeSeconds, a.CTimeNanoSeconds),
	}}
	if i.Mode&syscall.S_IFMT == syscall.S_IFLNK {
		if i.Target, err = file.Readlink(); len(i.Target) > vfs.MaxPath {
			err = syscall.ENAMETOOLONG
		}
	}
	return i, err
}

// nanoseconds is a time, which nobody has checked.
func nanoseconds(s, ns uint64) int64 { return int64(min(s, 1<<33))*1e9 + int64(min(ns, 1e9-1)) }

// Attr implements farfs.Server.
func (f *Folder) Attr(r farfs.Ref) (i farfs.Info, err error) {
	err = f.again(func() error {
		return f.with(r, func(file p9.File) (err error) {
			i, err = info(file)
			return err
		})
	})
	return i, err
}

// Lookup implements farfs.Server.
func (f *Folder) Lookup(dir farfs.Ref, name string) (farfs.Info, error) {
	return f.Attr(below(dir, name))
}

// below is what a name in a directory stands for, as long as it does.
func below(dir farfs.Ref, name string) farfs.Ref {
	if dir.Path != "" {
		name = dir.Path + "/" + name
	}
	return farfs.Ref{Path: name, Gone: dir.Gone}
}

// Set implements farfs.Server.
func (f *Folder) Set(r farfs.Ref, c vfs.Change) error {
	var mask p9.SetAttrMask
	var a p9.SetAttr
	if c.Mode != nil {
		mask.Permissions, a.Permissions = true, p9.FileMode(*c.Mode)
	}
	if c.UID != nil {
		mask.UID, a.UID = true, p9.UID(*c.UID)
	}
	if c.GID != nil {
		mask.GID, a.GID = true, p9.GID(*c.GID)
	}
	if c.Atime != nil {
		mask.ATime, mask.ATimeNotSystemTime = true, true
		a.ATimeSeconds, a.ATimeNanoSeconds = uint64(*c.Atime/1e9), uint64(*c.Atime%1e9)
	}
	if c.Mtime != nil {
		mask.MTime, mask.MTimeNotSystemTime = true, true
		a.MTimeSeconds, a.MTimeNanoSeconds = uint64(*c.Mtime/1e9), uint64(*c.Mtime%1e9)
	}
	return f.with(r, func(file p9.File) error { return file.SetAttr(mask, a) })
}

// Stat implements farfs.Server.
func (f *Folder) Stat() (st vfs.SystemStat, err error) {
	const magic, block = 0x01021997, 4096 // what Linux calls 9P
	err = f.again(func() error {
		return f.at(farfs.Ref{}, func(root p9.File) error {
			s, err := root.StatFS()
			scale := func(n uint64) uint64 { return n / block * uint64(s.BlockSize) }
			if s.BlockSize < block {
				scale = func(n uint64) uint64 { return min(n, 1<<52) * uint64(s.BlockSize) / block }
			}
			st = vfs.SystemStat{Magic: magic, Blocks: scale(s.Blocks), Free: scale(s.BlocksAvailable), Nodes: s.Files, Unused: s.FilesFree}
			return err
		})
	})
	return st, err
}

// List implements farfs.Server.
func (f *Folder) List(r farfs.Ref) (list []vfs.Entry, err error) {
	err = f.again(func() error { list, err = f.list(r); return err })
	return list, err
}

func (f *Folder) list(r farfs.Ref) (list []vfs.Entry, err error) {
	err = f.at(r, func(dir p9.File) error {
		if _, _, err := dir.Open(p9.ReadOnly); err != nil {
			return err
		}
		seen := 0
		for at := uint64(0); ; {
			const overhead = 11 // of the message
			entries, err := dir.Readdir(at, MessageSize-overhead)
			if err != nil || len(entries) == 0 {
				return err
			}
			if seen += len(entries); seen > farfs.MostEntries {
				return syscall.EOVERFLOW
			}
			for _, e := range entries {
				if at = e.Offset; nameOK(e.Name) {
					list = append(list, vfs.Entry{Name: e.Name, Ino: e.QID.Path, Mode: modeOf(e.QID.Type)})
				}
			}
		}
	})
	return list, err
}

// nameOK reports whether a name is one: "." and ".." are not.
func nameOK(name string) bool {
	return fs.ValidPath(name) && name != "." && !strings.Contains(name, "/") && len(name) <= vfs.MaxName
}

// modeOf returns the type of a file as the host says it in a directory.
func modeOf(t p9.QIDType) uint32 {
	switch {
	case t&p9.TypeDir != 0:
		return syscall.S_IFDIR
	case t&p9.TypeSymlink != 0:
		return syscall.S_IFLNK
	}
	return syscall.S_IFREG
}
