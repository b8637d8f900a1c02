package main

import (
	"context"
	"errors"
	"fmt"
	"syscall"

	"mvdan.cc/sh/v3/expand"
	"mvdan.cc/sh/v3/interp"
)

// handler carries out what the interpreter does not: the builtins for jobs, and programs.
func (s *shell) handler(interp.ExecHandlerFunc) interp.ExecHandlerFunc {
	return func(ctx context.Context, args []string) error {
		hc := interp.HandlerCtx(ctx)
		j := ctx.Value(jobKey{}).(*job)
		status := 0
		if own := builtins[args[0]]; own != nil {
			status = s.builtin(own, call{ctx, j, args[1:], hc.Stdout}, hc.Stderr)
		} else {
			status = s.program(ctx, j, args)
		}
		if status == 0 {
			return nil
		}
		return interp.ExitStatus(status)
	}
}

// Statuses of what cannot be run.
const notExecutable, notFound = 126, 127

// program runs a program, and returns its status.
func (s *shell) program(ctx context.Context, j *job, args []string) int {
	hc := interp.HandlerCtx(ctx)
	path, err := interp.LookPathDir(hc.Dir, hc.Env, args[0])
	if err != nil {
		fmt.Fprintln(hc.Stderr, err)
		return notFound
	}
	files, err := filesOf(hc)
	if err != nil {
		fmt.Fprintf(hc.Stderr, "%s: %v\n", args[0], err)
		return notExecutable
	}
	defer files.close()
	attr := &syscall.ProcAttr{Dir: hc.Dir, Env: exported(hc.Env), Files: files.numbers()}
	beside := hc.Env.Get(besideName).IsSet()
	p, err := s.jobs.begin(ctx, j, path, args, attr, beside)
	if errors.Is(err, syscall.ENOEXEC) { // a script that does not say whose
		p, err = s.jobs.begin(ctx, j, "/proc/self/exe", append([]string{"sh", path}, args[1:]...), attr, beside)
	}
	switch {
	case errors.Is(err, context.Canceled):
		return 128 + int(syscall.SIGINT)
	case err != nil:
		fmt.Fprintf(hc.Stderr, "%s: %v\n", args[0], err)
		return notExecutable
	}
	files.given()
	status := s.jobs.await(j, p)
	if status.Stopped() {
		return 128 + int(status.StopSignal())
	}
	files.drain()
	if status.Signaled() {
		return 128 + int(status.Signal())
	}
	return status.ExitStatus()
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
