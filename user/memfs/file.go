package memfs

import (
	"syscall"

	"atoll/user/vfs"
)

// pageSize is the unit of what files own, and pageCost what one is charged.
const (
	pageSize = 4096
	pageCost = pageSize + 64
)

// maxSize bounds a file, in bytes.
const maxSize = 1 << 40

type page [pageSize]byte

// file is a regular file: pages of its own, below them the bytes of an archive, below those
// zeros.
type file struct {
	node
	size  int64
	pages map[int64]*page
	below []byte // not written; may be shorter than the file
	at    uint64 // physical address of that, 0: nobody knows

	mapped vfs.Pages // pages that are elsewhere, nil: none are

	watchers map[int]func(off, size int64)
	watched  int // the last number of one
}

// Watch has a function called after each change.
func (f *file) Watch(changed func(off, size int64)) (stop func()) {
	f.watched++
	number := f.watched
	if f.watchers == nil {
		f.watchers = map[int]func(off, size int64){}
	}
	f.watchers[number] = changed
	return func() { delete(f.watchers, number) }
}

// changed takes note of a change, and tells of it.
func (f *file) changed(off, size int64) {
	f.mtime = f.fs.now()
	f.ctime = f.mtime
	for _, w := range f.watchers {
		w(off, size)
	}
}

func (fs *FS) newFile(mode uint32) *file {
	f := &file{pages: map[int64]*page{}}
	f.node = fs.node(mode, func() { f.drop(0) })
	return f
}

func (f *file) Attr() vfs.Attr {
	a := f.node.Attr()
	a.Size = f.size
	return a
}

// Size returns how many bytes the file has.
func (f *file) Size() int64 { return f.size }

// ReadAt reads as much as there is.
func (f *file) ReadAt(b []byte, off int64) (int, error) {
	if off >= f.size {
		return 0, nil
	}
	b = b[:min(int64(len(b)), f.size-off)]
	for done := 0; done < len(b); {
		at := off + int64(done)
		n := min(len(b)-done, int(pageSize-at%pageSize))
		f.readPage(b[done:done+n], at)
		done += n
	}
	return len(b), nil
}

// readPage reads bytes of one page.
func (f *file) readPage(b []byte, at int64) {
	if p := f.elsewhere(at); p != nil {
		copy(b, p)
		return
	}
	if p := f.pages[at/pageSize]; p != nil {
		copy(b, p[at%pageSize:])
		return
	}
	n := 0
	if at < int64(len(f.below)) {
		n = copy(b, f.below[at:])
	}
	clear(b[n:])
}

// InPlace returns where bytes of an archive lie in physical memory: of a file of which something has been
// written it does not say so.
func (f *file) InPlace(off, size uint64) (pa uint64, ok bool) {
	n := uint64(len(f.below))
	ok = f.at != 0 && len(f.pages) == 0 && f.mapped == nil && off <= n && size <= n-off
	return f.at + off, ok
}

// WriteAt writes as much as there is room for.
func (f *file) WriteAt(b []byte, off int64) (int, error) {
	if len(b) == 0 {
		return 0, nil
	}
	if off >= maxSize {
		return 0, syscall.EFBIG
	}
	b = b[:min(int64(len(b)), maxSize-off)]
	done := 0
	for done < len(b) {
		at := off + int64(done)
		p := f.own(at / pageSize)
		if p == nil {
			break
		}
		if f.size < at {
			f.clearTail()
		}
		copy(f.elsewhere(at), b[done:])
		done += copy(p[at%pageSize:], b[done:])
		f.size = max(f.size, off+int64(done))
	}
	if done == 0 {
		return 0, syscall.ENOSPC
	}
	f.changed(off, int64(done))
	return done, nil
}

// own returns a page that can be written, nil if there is no room for it.
func (f *file) own(i int64) *page {
	p := f.pages[i]
	if p == nil && f.fs.charge(pageCost) {
		p = &page{}
		f.readPage(p[:], i*pageSize)
		f.pages[i] = p
	}
	return p
}

// Truncate makes the file some bytes long.
func (f *file) Truncate(size int64) error {
	if size > maxSize {
		return syscall.EFBIG
	}
	if size > f.size {
		f.clearTail()
	}
	if size < f.size {
		if f.mapped != nil {
			f.mapped.Cut(uint64(size+pageSize-1) / pageSize)
		}
		f.drop((size + pageSize - 1) / pageSize)
		if p := f.pages[size/pageSize]; p != nil {
			clear(p[size%pageSize:])
		}
		f.below = f.below[:min(size, int64(len(f.below)))]
		clear(f.elsewhere(size))
	}
	from := min(size, f.size)
	f.size = size
	f.changed(from, maxSize-from)
	return nil
}

// drop gives pages back, from a number on. The rest gets a map of its own: one that was large
// stays so, and nobody is charged for that.
func (f *file) drop(from int64) {
	kept := map[int64]*page{}
	for i, p := range f.pages {
		if i < from {
			kept[i] = p
		}
	}
	f.fs.used -= pageCost * int64(len(f.pages)-len(kept))
	f.pages = kept
}
