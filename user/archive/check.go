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
	modeAt     = 1  // which number is the mode of the file,
	timeAt     = 5  // the time of its last change,
	sizeAt     = 6  // its size,
	nameAt     = 11 // and the length of its name, with the final zero
)

// Bounds.
const (
	maxName  = 256  // of a path, with a zero
	maxField = 4096 // of it with zeros behind
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
		r, next, err := record(data, at)
		if err != nil || r.Path == trailer {
			return err
		}
		at = next
	}
}

// record returns the record at a place, and where the next one begins.
func record(data []byte, at int) (r Record, next int, err error) {
	rest := data[at:]
	if len(rest) < headerSize || string(rest[:len(magic)]) != magic {
		return r, 0, fmt.Errorf("where a file should begin, at %d, is none", at)
	}
	var n [numbers]int
	for i := range n {
		if n[i], err = headerNumber(rest, i); err != nil {
			return r, 0, fmt.Errorf("the header at %d: %w", at, err)
		}
	}
	name, size := n[nameAt], n[sizeAt]
	if name < 2 || name > maxField || headerSize+name > len(rest) || rest[headerSize+name-1] != 0 {
		return r, 0, fmt.Errorf("the file at %d has no name, or one of more than %d bytes", at, maxField-1)
	}
	path, _, _ := bytes.Cut(rest[headerSize:headerSize+name], []byte{0})
	if len(path) == 0 || len(path) >= maxName {
		return r, 0, fmt.Errorf("the file at %d has no name, or one of more than %d bytes", at, maxName-1)
	}
	r = Record{Path: string(path), Mode: uint32(n[modeAt]), Mtime: int64(n[timeAt])}
	if r.Path == trailer {
		return r, len(data), nil
	}
	begin := round(at + headerSize + name)
	if size > len(data)-min(begin, len(data)) {
		return r, 0, fmt.Errorf("the file at %d has %d bytes, which the archive does not", at, size)
	}
	r.At = min(begin, len(data))
	r.Data = data[r.At:][:size:size]
	return r, min(round(begin+size), len(data)), nil
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
