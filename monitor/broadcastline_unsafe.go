package monitor

import "unsafe"

// lineAt is the line at the beginning of a granted page: memory outside the Go heap,
// aligned to a page.
func lineAt(page []byte) *broadcastLine {
	return (*broadcastLine)(unsafe.Pointer(unsafe.SliceData(page[:unsafe.Sizeof(broadcastLine{})])))
}
