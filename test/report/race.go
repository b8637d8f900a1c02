package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
)

// listed is what `go list -test -json` says of a package, or of the tests of one: of the
// files' names, and of the imports of all that is linked.
type listed struct {
	ImportPath, Dir string
	GoFiles         []string // in the variant for tests, the tests' too
	Deps            []string
}

// racing tells the packages whose tests the race detector is for: those that start goroutines,
// in their code or their tests, and with all set those that are linked with such a one of this
// module. In others it would find nothing, and take five times as long.
func racing(ctx context.Context, packages []string, all bool) (with, without []string, err error) {
	cmd := command(ctx, nil, append([]string{"go", "list", "-test", "-json=ImportPath,Dir,GoFiles,Deps"}, packages...))
	out, err := cmd.Output()
	if err != nil {
		return nil, nil, err
	}
	concurrent, linked := map[string]bool{}, map[string][]string{}
	for in := json.NewDecoder(bytes.NewReader(out)); ; {
		var l listed
		if err := in.Decode(&l); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, nil, err
		}
		if pkg, is := strings.CutSuffix(l.ImportPath, ".test"); is { // the program, whose own file is the go command's
			linked[pkg] = l.Deps
			continue
		}
		if concurrent[l.ImportPath], err = l.concurrent(); err != nil {
			return nil, nil, err
		}
	}
	for _, pkg := range packages {
		if slices.ContainsFunc(linked[pkg], func(dep string) bool { return concurrent[dep] && (all || of(dep, pkg)) }) {
			with = append(with, pkg)
		} else {
			without = append(without, pkg)
		}
	}
	return with, without, nil
}

// of reports whether what is linked is the package itself, as it is for tests or not, or its
// tests.
func of(dep, pkg string) bool {
	dep, _, _ = strings.Cut(dep, " ")
	return strings.TrimSuffix(dep, "_test") == pkg
}

// concurrent reports whether a file of the package has a go statement, or imports what only
// goroutines need.
func (l *listed) concurrent() (bool, error) {
	for _, name := range l.GoFiles {
		f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(l.Dir, name), nil, parser.SkipObjectResolution)
		if err != nil {
			return false, err
		}
		for _, i := range f.Imports {
			if path, _ := strconv.Unquote(i.Path.Value); slices.Contains(concurrency, path) {
				return true, nil
			}
		}
		found := false
		ast.Inspect(f, func(n ast.Node) bool {
			_, is := n.(*ast.GoStmt)
			found = found || is
			return !found
		})
		if found {
			return true, nil
		}
	}
	return false, nil
}

// concurrency are the packages that only goroutines need.
var concurrency = []string{"sync", "sync/atomic", "testing/synctest"}
