package newc

import (
	"bytes"
	"path"
	"strings"

	"github.com/u-root/u-root/pkg/cpio"
)

const (
	pageSize   = 4096
	headerSize = 110
	// mostName bounds a name, with a zero, of an archive that Linux reads (PATH_MAX).
	mostName = 4096
)

// Pack makes an archive of records, in their order. A file of a page or more begins a page of it.
func Pack(records []cpio.Record) ([]byte, error) {
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	for _, r := range records {
		if r.Mode&cpio.S_IFMT == cpio.S_IFREG && r.FileSize >= pageSize {
			for len(padded(r.Name, b.Len())) >= mostName { // its directory once more changes nothing but that
				again := cpio.Newc.Writer(&b) // w leaves out what it has written
				if err := again.WriteRecord(cpio.Directory(path.Dir(r.Name), 0o755)); err != nil {
					return nil, err
				}
			}
			r.Name = padded(r.Name, b.Len())
		}
		if err := w.WriteRecord(r); err != nil {
			return nil, err
		}
	}
	err := cpio.WriteTrailer(w)
	return b.Bytes(), err
}

// padded returns a name behind which a page begins in a record at an offset.
func padded(name string, at int) string {
	end := at + headerSize + len(name) + 1
	return name + strings.Repeat("\x00", (pageSize-end%pageSize)%pageSize)
}

// Records returns the records of an archive, with their names as they were before Pack.
func Records(archive []byte) (records []cpio.Record, err error) {
	err = cpio.ForEachRecord(cpio.Newc.Reader(bytes.NewReader(archive)), func(r cpio.Record) error {
		r.Name, _, _ = strings.Cut(r.Name, "\x00")
		records = append(records, r)
		return nil
	})
	return records, err
}
