package linux

import (
	"slices"
	"syscall"

	"atoll/user/vfs"
)

// Processes that come back to where their open files lie: there they have the files themselves again, and what they write does not go
// around. What they have written elsewhere has come before them.

// farOf returns an open file of another core, nil if it is none.
func farOf(content any) *farFile {
	switch f := content.(type) {
	case *farFile:
		return f
	case lasting:
		return f.farFile
	}
	return nil
}

// isBack reports whether an open file is the core's own to a process that goes there. One of which something may have been read ahead is not: on the way
// of a pipe that may be anywhere.
func (f *farFile) isBack(file *vfs.File, core int) bool {
	switch {
	case f.origin.core != core || f.lost != nil || f.err != nil, len(f.content) > 0, f.asked, f.from != nil:
		return false
	case f.mode&syscall.S_IFMT == syscall.S_IFIFO && f.core != core:
		return file.Flags&syscall.O_ACCMODE == syscall.O_WRONLY
	}
	return true
}

// ownFile returns the open file of this core that a process comes back to, nil if there is none.
func (r *realm) ownFile(x *fileRecord) *vfs.File {
	if e := r.exports[x.origin]; e != nil && x.core == uint64(r.here) {
		return e.file
	}
	return nil
}

// bringIn waits, within a call, until what was written to those of the process's open files that lie on other cores has come where they lie.
// It fails if the call is to end.
func (p *Process) bringIn(which func(*farFile) bool) (err error) {
	var list []*farFile
	p.files.Each(func(_ uint64, f *vfs.File) {
		if far := farOf(f.Content); far != nil && which(far) && !slices.Contains(list, far) {
			list = append(list, far)
		}
	})
	for _, f := range list {
		if f.way+len(f.out) == 0 && f.origin.core == f.core || f.lost != nil {
			continue
		}
		if _, err = f.ask(farStat, farArgs{}); err != nil && f.lost == nil {
			return err
		}
	}
	return nil
}

// bringHome has the end of a process that came back to its parent be behind what it has written. Where its parent is elsewhere that is told
// there in this order.
func (p *Process) bringHome() {
	if p.behind != 0 && !p.parent.foreign() {
		p.bringIn(func(*farFile) bool { return true }) // killed meanwhile it has ended
	}
}
