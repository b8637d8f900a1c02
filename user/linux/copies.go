package linux

import (
	"slices"

	"atoll/user/vfs"
)

// Programs that only the home has run on other cores from copies. An annex keeps some of the last, so that who executes one of them again
// that has not changed has nothing asked of the home.

// mostCopies bounds them, and mostCopySize the bytes of each.
const mostCopies, mostCopySize = 4, 256 << 10

// copies is those, the last used first.
type copies []programCopy

type programCopy struct {
	path string
	of   vfs.Attr
	file *vfs.File
}

// sameContent reports whether what is known of two files says that they are the same, with the same content.
func sameContent(a, b vfs.Attr) bool {
	return a.Ino == b.Ino && a.Size == b.Size && a.Mtime == b.Mtime && a.Ctime == b.Ctime && a.Mode == b.Mode
}

// find returns the copy of a program, held, nil if there is none of what it is now.
func (c copies) find(path string, of vfs.Attr) *vfs.File {
	i := slices.IndexFunc(c, func(p programCopy) bool { return p.path == path && sameContent(p.of, of) })
	if i < 0 {
		return nil
	}
	found := c[i]
	copy(c[1:i+1], c[:i])
	c[0] = found
	found.file.Hold()
	return found.file
}

// keep keeps a copy of a program that is open, if it is one that has to be copied.
func (c *copies) keep(path string, of vfs.Attr, f *vfs.File) {
	if of.Size > mostCopySize || !sameContent(f.Attr(), of) {
		return
	}
	file := f.Copy()
	if file == nil {
		return
	}
	file.Hold()
	file.At(path)
	for i, p := range *c {
		if p.path == path || i == mostCopies-1 { // an older one, or the one that was not used for longest
			p.file.Release()
			*c = slices.Delete(*c, i, i+1)
			break
		}
	}
	*c = slices.Insert(*c, 0, programCopy{path, of, file})
}
