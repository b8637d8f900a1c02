package debian

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"
)

// entry is what an index says of a package (Debian Policy, chapter 5: control files).
type entry struct {
	Name, Version, SHA256 string
	Size                  int64
	Depends               []string // names, of alternatives the first
}

// parseEntry reads the first paragraph of a text. A package without a hash is refused.
func parseEntry(text string) (e entry, err error) {
	text, _, _ = strings.Cut(strings.TrimLeft(text, "\n"), "\n\n")
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, " ") || strings.HasPrefix(line, "\t") { // goes on with a field that is not of use here
			continue
		}
		key, value, _ := strings.Cut(line, ":")
		value = strings.TrimSpace(value)
		switch key {
		case "Package":
			e.Name = value
		case "Version":
			e.Version = value
		case "SHA256":
			e.SHA256 = value
		case "Size":
			if e.Size, err = strconv.ParseInt(value, 10, 64); err != nil {
				return entry{}, fmt.Errorf("package %s has the size %q", e.Name, value)
			}
		case "Depends":
			e.Depends = names(value)
		}
	}
	if e.Name == "" || e.Version == "" || len(e.SHA256) != 2*sha256.Size {
		return entry{}, errors.New("an entry of the index has no name, version or SHA256")
	}
	return e, nil
}

// names are the packages of a list of dependencies.
func names(list string) (all []string) {
	for d := range strings.SplitSeq(list, ",") {
		if words := strings.FieldsFunc(d, func(r rune) bool { return strings.ContainsRune(" (|:", r) }); len(words) > 0 {
			all = append(all, words[0])
		}
	}
	return all
}

// check fails if a file is not the one of the entry.
func (e entry) check(path string) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	h := sha256.New()
	n, err := io.Copy(h, f)
	if err != nil {
		return err
	}
	if got := hex.EncodeToString(h.Sum(nil)); n != e.Size || got != e.SHA256 {
		return fmt.Errorf("%s is not %s %s: it has %d bytes and SHA256 %s; the index says %d and %s", path, e.Name, e.Version, n, got, e.Size, e.SHA256)
	}
	return nil
}
