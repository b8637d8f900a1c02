package archive

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
)

// What a header looks like: a magic word and 13 numbers of eight hexadecimal digits.
const (
	magic      = "070701"
	numbers    = 13
	headerSize = len(magic) + 8*numbers
	sizeAt     = 6  // which number is the size of the file,
	nameAt     = 11 // and which that of the name, its final zero included
)

// Bounds.
const (
	maxName  = 256
	maxFiles = 1024
)

// trailer is the name of the last record.
const trailer = "TRAILER!!!"

// errNoArchive is said of what does not begin as an archive does.
var errNoArchive = errors.New("it is no cpio archive of the format newc")

// check looks whether all records lie within the archive, up to the last.
func check(data []byte) error {
	if !bytes.HasPrefix(data, []byte(magic)) {
		return errNoArchive
	}
	for at, n := 0, 0; ; n++ {
		if n == maxFiles {
			return fmt.Errorf("it has more than %d files", maxFiles)
		}
		rest := data[at:]
		if len(rest) < headerSize || string(rest[:len(magic)]) != magic {
			return fmt.Errorf("where a file should begin, at %d, is none", at)
		}
		size, err := headerNumber(rest, sizeAt)
		name, err2 := headerNumber(rest, nameAt)
		if err = errors.Join(err, err2); err != nil {
			return fmt.Errorf("the header at %d: %w", at, err)
		}
		if name < 2 || name > maxName || headerSize+name > len(rest) || rest[headerSize+name-1] != 0 {
			return fmt.Errorf("the file at %d has no name, or one of more than %d bytes", at, maxName-1)
		}
		if string(rest[headerSize:headerSize+name-1]) == trailer {
			return nil
		}
		begin := round(at + headerSize + name)
		if size > len(data)-min(begin, len(data)) {
			return fmt.Errorf("the file at %d has %d bytes, which the archive does not", at, size)
		}
		at = min(round(begin+size), len(data))
	}
}

// headerNumber returns a number of a header.
func headerNumber(header []byte, index int) (int, error) {
	var b [4]byte
	if _, err := hex.Decode(b[:], header[len(magic)+8*index:][:8]); err != nil {
		return 0, err
	}
	return int(b[0])<<24 | int(b[1])<<16 | int(b[2])<<8 | int(b[3]), nil
}

// round returns where the next part begins.
func round(n int) int { return (n + 3) &^ 3 }
