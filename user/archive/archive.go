package archive

import (
	"errors"
	"fmt"
	"iter"
)

// Record is a file of an archive.
type Record struct {
	Path  string
	Mode  uint32 // type and permission bits, as in syscall.Stat_t
	Mtime int64  // seconds since 1970
	Data  []byte // in the archive: of a symbolic link the path that it leads to
	At    int    // where in the archive Data begins
}

// ErrNone says that there is no archive.
var ErrNone = errors.New("this machine has no archive of programs; the initial RAM disk is where one is looked for")

// Records returns the files of an archive. It fails with a sentence about the archive.
func Records(data []byte) (iter.Seq[Record], error) {
	if len(data) == 0 {
		return nil, ErrNone
	}
	if err := check(data); err != nil {
		return nil, fmt.Errorf("the initial RAM disk cannot be read: %w", err)
	}
	return func(yield func(Record) bool) {
		for at := 0; ; {
			r, next, _ := record(data, at) // check has seen them all
			if r.Path == trailer || !yield(r) {
				return
			}
			at = next
		}
	}, nil
}
