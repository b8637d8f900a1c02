package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"
	"mvdan.cc/sh/v3/interp"

	"atoll/user/program"
)

// call is a builtin that is called: within what, for which job, with which arguments, and by the interpreter within what.
type call struct {
	ctx         context.Context
	job         *job
	args        []string
	out         io.Writer
	interpreter context.Context
	hc          interp.HandlerContext
}

// builtins are those for jobs, and those that write, by names that nobody types: the interpreter has others by some of them, or none, but knows the names.
var builtins = map[string]func(*shell, call) (status int, err error){
	"(bg)": (*shell).bg, "(fg)": (*shell).fg, "(jobs)": (*shell).list, "(kill)": (*shell).kill, "(wait)": (*shell).wait,
	"(echo)": (*shell).echo, "(printf)": (*shell).printf,
	besideWord: (*shell).beside, begunWord: (*shell).begun, endedWord: (*shell).ended,
}

// ownBuiltins has the interpreter ask for these, unless the job is given up.
func (s *shell) ownBuiltins(ctx context.Context, args []string) ([]string, error) {
	if ctx, _ := s.whose(ctx, interp.HandlerCtx(ctx)); ctx.Err() != nil {
		return nil, ctx.Err()
	}
	switch {
	case args[0] == "eval":
		return []string{"eval", s.textAnew(strings.Join(args[1:], " "))}, nil
	case (args[0] == "." || args[0] == "source") && len(args) > 1:
		return append([]string{args[0], sourceFiles + sourced(interp.HandlerCtx(ctx), args[1])}, args[2:]...), nil
	}
	if own := "(" + args[0] + ")"; builtins[own] != nil && !s.isFunction(args[0]) {
		return append([]string{own}, args[1:]...), nil
	}
	return args, nil
}

// builtin carries one out, and says what has gone wrong.
func (s *shell) builtin(own func(*shell, call) (int, error), c call) error {
	status, err := own(s, c)
	switch {
	case err == nil:
		return result(status)
	case errors.Is(err, syscall.EPIPE):
		return unread(c)
	}
	fmt.Fprintf(c.hc.Stderr, "sh: %v\n", err)
	if _, misused := err.(program.Misuse); misused {
		return result(2)
	}
	return result(1)
}

// controlled is an error where there is no terminal, or where not the shell's own interpreter asks.
func (s *shell) controlled(c call) error {
	if s.jobs.terminal == nil || !c.job.waited {
		return program.Misuse("fg and bg need a shell with a terminal, in the foreground")
	}
	return nil
}

// which returns the jobs that words mean, or the current one.
func (s *shell) which(words []string) (list []*job, err error) {
	if len(words) == 0 {
		words = []string{"%+"}
	}
	for _, w := range words {
		j, err := s.jobs.find(w)
		if err != nil {
			return nil, err
		}
		list = append(list, j)
	}
	return list, nil
}

func (s *shell) fg(c call) (status int, err error) {
	if err := s.controlled(c); err != nil {
		return 0, err
	}
	which, err := s.which(c.args)
	if err != nil {
		return 0, err
	}
	for _, j := range which {
		status = s.jobs.foreground(j, c.out)
	}
	return status, nil
}

func (s *shell) bg(c call) (int, error) {
	if err := s.controlled(c); err != nil {
		return 0, err
	}
	which, err := s.which(c.args)
	if err != nil {
		return 0, err
	}
	for _, j := range which {
		s.jobs.background(j, c.out)
	}
	return 0, nil
}

func (s *shell) list(c call) (int, error) {
	if len(c.args) > 0 {
		return 0, program.Misuse("jobs takes no arguments")
	}
	s.jobs.show(c.out)
	return 0, nil
}

func (s *shell) wait(c call) (int, error) {
	if len(c.args) == 0 {
		which := s.jobs.of(s.jobs.owner(c.job))
		s.jobs.wait(c.ctx, which)
		s.jobs.forgetOver(which)
		return 0, nil
	}
	which, err := s.which(c.args)
	if err != nil {
		return 0, err
	}
	return s.jobs.wait(c.ctx, which), nil
}

// kill sends signals to processes, groups (-1234) and jobs (%1).
func (s *shell) kill(c call) (int, error) {
	sig, rest, err := signalOf(c.args)
	switch {
	case err != nil:
		return 0, err
	case len(c.args) == 1 && c.args[0] == "-l":
		for n := syscall.Signal(1); n < 32; n++ {
			fmt.Fprintf(c.out, "%2d %s\n", int(n), strings.TrimPrefix(unix.SignalName(n), "SIG"))
		}
		return 0, nil
	case len(rest) == 0:
		return 0, program.Misuse("kill [-SIGNAL] PROCESS ..., or kill -l: a process is a number, or a job such as %1")
	}
	for _, word := range rest {
		if strings.HasPrefix(word, "%") {
			j, err := s.jobs.find(word)
			if err == nil {
				err = s.jobs.kill(j, sig)
			}
			if err != nil {
				return 0, fmt.Errorf("kill: %w", err)
			}
			continue
		}
		pid, err := strconv.Atoi(word)
		if err != nil {
			return 0, program.Misuse(fmt.Sprintf("kill: %q is neither a process nor a job", word))
		}
		if err := syscall.Kill(pid, sig); err != nil {
			return 0, fmt.Errorf("kill: %s: %w", word, err)
		}
	}
	return 0, nil
}

// signalOf reads the signal of kill's words, and returns the rest.
func signalOf(words []string) (syscall.Signal, []string, error) {
	if len(words) == 0 || len(words[0]) < 2 || words[0][0] != '-' || words[0] == "-l" {
		return syscall.SIGTERM, words, nil
	}
	name, rest := words[0][1:], words[1:]
	switch {
	case name == "-":
		return syscall.SIGTERM, rest, nil
	case name == "s" && len(rest) > 0:
		name, rest = rest[0], rest[1:]
	}
	if len(rest) > 0 && rest[0] == "--" {
		rest = rest[1:]
	}
	if n, err := strconv.Atoi(name); err == nil && n >= 0 && n <= 64 {
		return syscall.Signal(n), rest, nil
	}
	if sig := unix.SignalNum("SIG" + strings.TrimPrefix(strings.ToUpper(name), "SIG")); sig != 0 {
		return sig, rest, nil
	}
	return 0, nil, program.Misuse(fmt.Sprintf("kill: there is no signal %q", name))
}
