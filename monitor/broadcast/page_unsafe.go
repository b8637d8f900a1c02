package broadcast

import "unsafe"

// A page is one, and the compiler checks it both ways.
const pageSize = 4096

var (
	_ [pageSize - unsafe.Sizeof(Page{})]byte
	_ [unsafe.Sizeof(Page{}) - pageSize]byte
)

// At is the page that granted memory holds, which lies outside the Go heap and is aligned
// to a page.
func At(memory []byte) *Page {
	return (*Page)(unsafe.Pointer(unsafe.SliceData(memory[:unsafe.Sizeof(Page{})])))
}
