package broadcast

import "unsafe"

// At is the page that granted memory holds, which lies outside the Go heap and is aligned
// to a page.
func At(memory []byte) *Page {
	return (*Page)(unsafe.Pointer(unsafe.SliceData(memory[:unsafe.Sizeof(Page{})])))
}
