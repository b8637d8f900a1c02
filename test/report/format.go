package main

import (
	"bytes"
	"context"
	"go/format"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// formatStep is gofmt's verdict on every Go file.
func formatStep(_ context.Context, _ options, s *summary) {
	start := time.Now()
	bad, err := unformatted(".")
	if err != nil {
		bad = append(bad, err.Error())
	}
	v := pass
	if len(bad) > 0 {
		v = fail
	}
	s.count("gofmt", v, strings.Join(bad, "\n"))
	s.finished("gofmt", v, 1, time.Since(start))
}

// unformatted returns the Go files below root that gofmt would change.
func unformatted(root string) (bad []string, err error) {
	err = filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		name := d.Name()
		switch {
		case err != nil:
			return err
		case d.IsDir() && path != root && (path == filepath.Join(root, "build") || name == "testdata" || strings.HasPrefix(name, ".")):
			return filepath.SkipDir
		case d.IsDir() || filepath.Ext(name) != ".go":
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if good, err := format.Source(text); err != nil || !bytes.Equal(good, text) {
			bad = append(bad, path)
		}
		return nil
	})
	return bad, err
}
