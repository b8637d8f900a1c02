package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// handler carries out what the interpreter does not: the builtins for jobs, and programs.
func (s *shell) handler(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		hc := interp.HandlerCtx(ctx)
		within, j := s.whose(ctx, hc)
		if own := builtins[args[0]]; own != nil {
			return s.builtin(own, call{within, j, args[1:], hc.Stdout, ctx, hc})
		}
		return result(s.program(within, hc, j, args))
	}
}

// result is a status as the interpreter has it.
func result(status int) error {
	if status == 0 {
		return nil
	}
	return interp.ExitStatus(status)
}

// Statuses of what cannot be run.
const notExecutable, notFound = 126, 127

// program runs a program, and returns its status.
func (s *shell) program(ctx context.Context, hc interp.HandlerContext, j *job, args []string) int {
	path, err := interp.LookPathDir(hc.Dir, hc.Env, args[0])
	if err != nil {
		return noProgram(hc.Stderr, args[0], err)
	}
	files, err := filesOf(hc)
	if err != nil {
		fmt.Fprintf(hc.Stderr, "%s: %v\n", args[0], err)
		return notExecutable
	}
	defer files.close()
	attr := &syscall.ProcAttr{Dir: hc.Dir, Env: exported(hc.Env), Files: files.numbers()}
	p, err := s.jobs.begin(ctx, j, path, args, attr)
	if errors.Is(err, syscall.ENOEXEC) { // a script that does not say whose
		p, err = s.jobs.begin(ctx, j, "/proc/self/exe", append([]string{"sh", path}, args[1:]...), attr)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return 128 + int(syscall.SIGINT)
	case err != nil:
		fmt.Fprintf(hc.Stderr, "%s: %v\n", args[0], err)
		return notExecutable
	}
	status := s.jobs.await(j, p)
	if status.Stopped() {
		return 128 + int(status.StopSignal())
	}
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
}

// noProgram says why no program is meant by a word, and returns the status. The error names the word itself if it was looked for in PATH.
func noProgram(errors io.Writer, word string, err error) int {
	if !strings.Contains(word, "/") {
		fmt.Fprintln(errors, err)
		return notFound
	}
	why, isPath := err.(*fs.PathError)
	if !isPath {
		fmt.Fprintf(errors, "%s: %v\n", word, err)
		return notExecutable
	}
	fmt.Fprintf(errors, "%s: %v\n", word, why.Err)
	return notFound
}

// open opens what a redirection names: a file, or what the shell itself has by such a name.
func (s *shell) open(ctx context.Context, path string, flag int, mode os.FileMode) (io.ReadWriteCloser, error) {
	if path == captureFile {
		return s.capture(ctx, interp.HandlerCtx(ctx))
	}
	if name, is := strings.CutPrefix(path, besideFiles); is {
		return s.besideFile(name)
	}
	path, anew := strings.CutPrefix(path, sourceFiles)
	f, err := interp.DefaultOpenHandler()(ctx, path, flag, mode)
	if err != nil || !anew {
		return f, err
	}
	commands, err := io.ReadAll(f)
	if err != nil {
		f.Close()
		return nil, err
	}
	return struct {
		io.Reader
		io.WriteCloser
	}{strings.NewReader(s.textAnew(string(commands))), f}, nil
}

// sourceFiles is how the names of files begin that the shell itself carries out, with . or source.
const sourceFiles = "/((source))/"

// sourced returns which file a word means there: one of PATH, if it has no slash.
func sourced(hc interp.HandlerContext, word string) string {
	if strings.Contains(word, "/") {
		return word
	}
	for _, dir := range filepath.SplitList(hc.Env.Get("PATH").String()) {
		path := filepath.Join(dir, word)
		if !filepath.IsAbs(path) {
			path = filepath.Join(hc.Dir, path)
		}
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() {
			return path
		}
	}
	return word
}

// exported are the variables that programs see.
func exported(env expand.Environ) (list []string) {
	env.Each(func(name string, v expand.Variable) bool {
		if v.Exported && v.Kind == expand.String {
			list = append(list, name+"="+v.String())
		}
		return true
	})
	return list
}
