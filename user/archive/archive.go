package archive

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"path"
	"slices"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"
)

// File is a program of an archive.
type File struct {
	Name string // what it is run by: the last part of its path
	Size uint64 // bytes
	io.ReaderAt
}

// Archive is an archive that has been read.
type Archive struct{ files []File }

// ErrNone says that there is no archive.
var ErrNone = errors.New("this machine has no archive of programs; the initial RAM disk is where one is looked for")

// Open reads an archive: its regular files, by name. It fails with a sentence about the
// archive.
func Open(data []byte) (*Archive, error) {
	if len(data) == 0 {
		return nil, ErrNone
	}
	if err := check(data); err != nil {
		return nil, fmt.Errorf("the initial RAM disk cannot be read: %w", err)
	}
	a := &Archive{}
	err := cpio.ForEachRecord(cpio.Newc.Reader(bytes.NewReader(data)), func(r cpio.Record) error {
		if r.Mode&cpio.S_IFMT == cpio.S_IFREG && r.ReaderAt != nil {
			a.files = append(a.files, File{path.Base(r.Name), r.FileSize, r.ReaderAt})
		}
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("the initial RAM disk cannot be read: %w", err)
	}
	slices.SortStableFunc(a.files, func(x, y File) int { return strings.Compare(x.Name, y.Name) })
	return a, nil
}

// Files lists the programs by name.
func (a *Archive) Files() []File { return a.files }

// Find returns the program of a name. It fails with a sentence.
func (a *Archive) Find(name string) (File, error) {
	for _, f := range a.files {
		if f.Name == name {
			return f, nil
		}
	}
	return File{}, fmt.Errorf("there is no program %q; see programs", name)
}
