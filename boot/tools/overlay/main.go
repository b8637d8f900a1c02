package main

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// additions collects the -add flags.
type additions []string

func (a *additions) String() string     { return strings.Join(*a, " ") }
func (a *additions) Set(s string) error { *a = append(*a, s); return nil }

func main() {
	var add additions
	out := flag.String("out", "build", "directory to write overlay.json and the overlaid files to")
	name := flag.String("json", "overlay.json", "name of the overlay file in that directory")
	flag.Var(&add, "add", "a further entry `path=file`; path is absolute or below $GOROOT/src (repeatable)")
	flag.Parse()
	if err := run(*out, *name, add); err != nil {
		fmt.Fprintln(os.Stderr, "overlay:", err)
		os.Exit(1)
	}
}

// run generates the overlay for the Go installation that `go env` describes.
func run(out, name string, add []string) error {
	env, err := goEnv("GOROOT", "GOVERSION")
	if err != nil {
		return err
	}
	if err := checkVersion(env[1]); err != nil {
		return err
	}
	out, err = filepath.Abs(out)
	if err != nil {
		return err
	}
	return generate(filepath.Join(env[0], "src"), out, name, add)
}

// goEnv asks the go command for variables of its environment.
func goEnv(names ...string) ([]string, error) {
	b, err := exec.Command("go", append([]string{"env"}, names...)...).Output()
	if err != nil {
		return nil, fmt.Errorf("`go env` failed: %w", err)
	}
	values := strings.Split(strings.TrimSuffix(string(b), "\n"), "\n")
	if len(values) != len(names) {
		return nil, fmt.Errorf("`go env` printed %d lines where %d were asked for", len(values), len(names))
	}
	return values, nil
}
