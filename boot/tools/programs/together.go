package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"text/template"

	"github.com/u-root/u-root/pkg/cpio"
)

// Programs that are built together become one, which goes by the name of each: most of a small program is what all have, the
// runtime and the library. Their sources stay as they are, with a main function each: the compiler gets them, by an
// overlay, as packages that can be imported, and with them a main function that calls that of the program by
// whose name it was called.

// program is a package with a main function.
type program struct {
	ImportPath, Name, Dir string
	GoFiles, TestGoFiles  []string
}

// list returns the main packages of patterns.
func list(patterns []string) (all []program, err error) {
	cmd := exec.Command("go", append([]string{"list", "-json=ImportPath,Name,Dir,GoFiles,TestGoFiles"}, patterns...)...)
	cmd.Env, cmd.Stderr = environment(), os.Stderr
	text, err := cmd.Output()
	for d := json.NewDecoder(bytes.NewReader(text)); err == nil; {
		var p program
		if err = d.Decode(&p); err == nil && p.Name == "main" {
			all = append(all, p)
		}
	}
	if !errors.Is(err, io.EOF) {
		return nil, fmt.Errorf("go list has failed; each argument must be a file that is there, or a pattern of packages: %w", err)
	}
	return all, nil
}

// Name of the one program, and of the package of its main function, which is none of the module's files.
const (
	multi        = "programs"
	multiPackage = "multicall"
)

// buildTogether builds programs as one in a folder, and returns links to it by their names.
func buildTogether(dir string, all []program) ([]cpio.Record, error) {
	if len(all) == 0 {
		return nil, nil
	}
	sources, err := os.MkdirTemp("", "together")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(sources)
	overlay, err := overlayOf(sources, all)
	if err != nil {
		return nil, err
	}
	at := filepath.Join(filepath.Dir(all[0].Dir), multiPackage)
	if err := build(dir+"/"+multi, "-overlay", overlay, at); err != nil {
		return nil, err
	}
	var links []cpio.Record
	for _, p := range all {
		links = append(links, cpio.Symlink(bin+"/"+path.Base(p.ImportPath), multi))
	}
	return links, nil
}

// overlayOf writes the sources as the compiler gets them to a folder, and returns the file that says what they replace.
func overlayOf(dir string, all []program) (string, error) {
	replace := map[string]string{}
	add := func(path string, text []byte) error {
		file := filepath.Join(dir, fmt.Sprint(len(replace), ".go"))
		replace[path] = file
		return os.WriteFile(file, text, 0o644)
	}
	for i, p := range all {
		for _, name := range p.TestGoFiles {
			replace[filepath.Join(p.Dir, name)] = "" // it is not there
		}
		for _, name := range p.GoFiles {
			source := filepath.Join(p.Dir, name)
			text, err := os.ReadFile(source)
			if err == nil {
				text, err = importable(text, fmt.Sprint("p", i))
			}
			if err == nil {
				err = add(source, text)
			}
			if err != nil {
				return "", fmt.Errorf("%s: %w", source, err)
			}
		}
	}
	var main bytes.Buffer
	err := mainFile.Execute(&main, all)
	if err == nil {
		err = add(filepath.Join(filepath.Dir(all[0].Dir), multiPackage, "main.go"), main.Bytes())
	}
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(map[string]any{"Replace": replace})
	if err != nil {
		return "", err
	}
	file := filepath.Join(dir, "overlay.json")
	return file, os.WriteFile(file, text, 0o644)
}

// importable returns a source file of a main package as one of a package of a name, whose main function is Main.
func importable(source []byte, name string) ([]byte, error) {
	set := token.NewFileSet()
	f, err := parser.ParseFile(set, "", source, parser.SkipObjectResolution)
	if err != nil {
		return nil, err
	}
	names := []*ast.Ident{f.Name}
	for _, d := range f.Decls {
		if d, is := d.(*ast.FuncDecl); is && d.Recv == nil && d.Name.Name == "main" {
			names = append(names, d.Name)
		}
	}
	var out []byte
	at := 0
	for i, id := range names {
		begin := set.Position(id.Pos()).Offset
		out = append(out, source[at:begin]...)
		out = append(out, []string{name, "Main"}[i]...)
		at = begin + len(id.Name)
	}
	return append(out, source[at:]...), nil
}

// mainFile is the source of the main function.
var mainFile = template.Must(template.New("").Parse(`package main

import (
	"fmt"
	"os"
	"path"
{{range $i, $p := .}}
	p{{$i}} "{{$p.ImportPath}}"{{end}}
)

func main() {
	switch name := path.Base(os.Args[0]); name {
{{- range $i, $p := .}}
	case path.Base("{{$p.ImportPath}}"):
		p{{$i}}.Main()
{{- end}}
	default:
		fmt.Fprintf(os.Stderr, "%s: there is no program of that name here\n", name)
		os.Exit(2)
	}
}
`))
