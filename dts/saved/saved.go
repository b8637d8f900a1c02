// Package saved finds saved device trees of real machines, for tests. The project
// ships none but its own; a folder of them may be named by ATOLL_DTBS, or stand as
// */dtb beside the checkout.
package saved

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Blobs returns the trees by their path below the folder; root is the way to the
// top of the checkout. Without any the test is skipped.
func Blobs(t testing.TB, root string) map[string][]byte {
	t.Helper()
	blobs := Found(t, root)
	if len(blobs) == 0 {
		t.Skip("no saved device trees: set ATOLL_DTBS to a folder of them")
	}
	return blobs
}

// Found is Blobs without the demand that there be any.
func Found(t testing.TB, root string) map[string][]byte {
	t.Helper()
	dir := os.Getenv("ATOLL_DTBS")
	named := dir != ""
	if dir == "" {
		if found, _ := filepath.Glob(root + "/../*/dtb"); len(found) == 1 {
			dir = found[0]
		}
	}
	blobs := map[string][]byte{}
	if dir == "" {
		return blobs
	}
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, ".dtb") {
			return err
		}
		b, err := os.ReadFile(path)
		blobs[strings.TrimPrefix(path, dir+"/")] = b
		return err
	})
	if err != nil || named && len(blobs) == 0 {
		t.Fatalf("ATOLL_DTBS names %q, which is no folder of device trees: %v", dir, err)
	}
	return blobs
}
