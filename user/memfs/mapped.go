package memfs

import "atoll/user/vfs"

// Map has pages be elsewhere, where processes store to them.
func (f *file) Map(p vfs.Pages) bool {
	if p != nil && f.mapped != nil {
		return false
	}
	f.mapped = p
	return true
}

// Own sees to it that there is room for a page.
func (f *file) Own(n uint64) bool { return f.own(int64(n)) != nil }

// Store takes what a page contains, up to the end of the file: behind that a file is clear.
func (f *file) Store(n uint64, b []byte) {
	p := f.pages[int64(n)]
	size := f.size - int64(n)*pageSize
	if p == nil || size <= 0 {
		return // it has been cut
	}
	clear(p[copy(p[:min(size, pageSize)], b):])
	f.changed(int64(n)*pageSize, min(size, pageSize))
}

// elsewhere returns the bytes from an offset on, to the end of its page, if that is elsewhere.
func (f *file) elsewhere(at int64) []byte {
	if f.mapped == nil {
		return nil
	}
	b := f.mapped.Bytes(uint64(at / pageSize))
	if b == nil {
		return nil
	}
	return b[at%pageSize:]
}

// clearTail clears what is behind the end in a page that is elsewhere, where it may have been stored
// to: the file is about to become longer.
func (f *file) clearTail() { clear(f.elsewhere(f.size)) }
