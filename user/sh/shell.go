package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// shell carries out commands. What they mean is the interpreter's; which processes there are and who
// has the terminal is the jobs'.
type shell struct {
	runner  *interp.Runner
	parser  *syntax.Parser
	jobs    *jobs
	besides besides
	named   sync.Map // names of functions that were declared at any time, which go before the shell's own builtins
	status  int      // of the last command
	exits   bool     // it asks for the end
	warned  bool     // that jobs are stopped
}

// newShell returns one with the parameters and options of a call. With a terminal jobs are controlled there.
func newShell(name string, w words, t *terminal) (*shell, error) {
	s := &shell{parser: syntax.NewParser(), jobs: newJobs(t)}
	params := append(append(w.options, "--"), w.operands...)
	var err error
	s.runner, err = interp.New(
		interp.StdIO(os.Stdin, os.Stdout, os.Stderr), interp.Params(params...),
		interp.CallHandler(s.ownBuiltins), interp.ExecHandlers(s.handler), interp.OpenHandler(s.open))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if name, err = syntax.Quote(name, syntax.LangBash); err != nil {
		return nil, err
	}
	s.tell("%s=%s", ownName, name)
	return s, nil
}

// script carries out what is read, and returns the status of the last command.
func (s *shell) script(source io.Reader) int {
	for stmt, err := range s.parser.StmtsSeq(source) {
		if err != nil {
			complain("%v", err)
			s.status = 2
			break
		}
		if s.run(stmt); s.exits {
			return s.status
		}
	}
	s.atExit()
	return s.status
}

// atExit has the interpreter do what a script has asked for at its end (trap ... EXIT): that of a file is one.
func (s *shell) atExit() {
	j := newJob("")
	j.waited = true
	s.runner.Run(s.within(context.Background(), j), &syntax.File{})
}

// converse reads commands from a terminal until its end, or exit.
func (s *shell) converse() int {
	keys := make(chan os.Signal, 8)
	signal.Notify(keys, syscall.SIGINT, syscall.SIGQUIT, syscall.SIGTSTP)
	go func() {
		for sig := range keys {
			s.jobs.key(sig.(syscall.Signal))
		}
	}()
	e := newEditor(s)
	for {
		s.jobs.report(os.Stdout)
		stmts, err := e.read()
		switch {
		case errors.Is(err, io.EOF):
			fmt.Println("exit")
			if s.leaves() {
				s.atExit()
				return s.status
			}
		case errors.Is(err, errInterrupted):
			s.status = 128 + int(syscall.SIGINT)
		case err != nil:
			complain("%v", err)
			s.status = 2
			if !isSyntax(err) {
				return s.status
			}
		default:
			if s.line(stmts); s.exits && s.leaves() {
				return s.status
			}
		}
	}
}

func isSyntax(err error) bool {
	var parse syntax.ParseError
	var lang syntax.LangError
	return errors.As(err, &parse) || errors.As(err, &lang)
}

// line carries out what stands on a line, of which an interrupt ends all.
func (s *shell) line(stmts []*syntax.Stmt) {
	s.exits = false
	s.jobs.line()
	for _, stmt := range stmts {
		if interrupted := s.run(stmt); interrupted || s.exits {
			return
		}
		s.warned = false
	}
}

// leaves reports whether the shell may end, of which it warns once: jobs that are stopped would end, too.
func (s *shell) leaves() bool {
	if s.warned || !s.jobs.anyStopped() {
		return true
	}
	complain("there are stopped jobs")
	s.warned = true
	return false
}

// run carries out a statement, and returns whether it was interrupted.
func (s *shell) run(stmt *syntax.Stmt) (interrupted bool) {
	j := newJob(text(stmt))
	s.anew(stmt)
	if stmt.Background {
		s.background(stmt, j)
		return false
	}
	j.waited = true
	ctx, cancel := context.WithCancel(context.Background())
	j.cancel = cancel // what it begins beside itself goes on when it has ended
	s.jobs.enter(j)
	s.status = statusOf(s.runner.Run(s.within(ctx, j), stmt))
	s.exits = s.runner.Exited()
	if ctx.Err() != nil { // for the interpreter that was an error, and the end
		s.exits = false
		s.tell("%s=; (exit %d)", besideName, s.status)
	}
	sig, interrupted := s.jobs.leave(j)
	switch {
	case s.jobs.terminal == nil:
	case sig == syscall.SIGINT || interrupted || s.jobs.isStopped(j):
		fmt.Println() // behind the key
	case sig != 0 && sig != syscall.SIGPIPE:
		fmt.Println(capital(sig.String()))
	}
	return interrupted
}

// background begins a statement beside the shell.
func (s *shell) background(stmt *syntax.Stmt, j *job) {
	beside := *stmt
	beside.Background = false
	if s.jobs.terminal == nil {
		beside = syntax.Stmt{Cmd: &syntax.Block{Stmts: []*syntax.Stmt{new(beside)}}, Redirs: []*syntax.Redirect{{Op: syntax.RdrIn, Word: literally(os.DevNull)}}}
	}
	j.busy = true
	ctx, cancel := context.WithCancel(context.Background())
	j.cancel = cancel
	runner := s.runner.Subshell()
	s.jobs.add(j)
	go func() {
		err := runner.Run(s.within(ctx, j), &beside)
		s.jobs.finish(j, statusOf(err), ctx.Err() != nil)
	}()
	if begins(stmt) {
		s.jobs.begun(j)
	}
	if s.jobs.terminal != nil {
		fmt.Printf("[%d]\n", j.number)
	}
	s.tell("%s=%%%d", lastJob, j.number)
	s.status = 0
}

// begins reports whether a statement begins with a program, or with one of the shell's own that is called like one: what comes behind it in the line
// may be meant for that.
func begins(stmt *syntax.Stmt) bool {
	switch c := stmt.Cmd.(type) {
	case *syntax.CallExpr:
		return len(c.Args) > 0
	case *syntax.BinaryCmd:
		return begins(c.X)
	}
	return false
}

// anew writes a statement so that the interpreter does what is the shell's to do.
func (s *shell) anew(stmt *syntax.Stmt) {
	markCaptured(stmt)
	markBeside(stmt)
	standIn(stmt)
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if f, is := n.(*syntax.FuncDecl); is && f.Name != nil {
			s.named.Store(f.Name.Value, true)
		}
		return true
	})
}

func (s *shell) isFunction(name string) bool {
	_, is := s.named.Load(name)
	return is
}

// textAnew does so with commands that the interpreter is to read itself, if they are some.
func (s *shell) textAnew(commands string) string {
	file, err := syntax.NewParser().Parse(strings.NewReader(commands), "")
	if err != nil {
		return commands // it says so
	}
	s.anew(&syntax.Stmt{Cmd: &syntax.Block{Stmts: file.Stmts}})
	var b strings.Builder
	if err := syntax.NewPrinter().Print(&b, file); err != nil {
		return commands
	}
	return b.String()
}

// lastJob and ownName are the variables that stand for the parameters $! and $0. The interpreter numbers what it runs itself,
// and is called otherwise; here the former is a job, as in kill %1.
const lastJob, ownName = "LASTJOB", "OWNNAME"

var standIns = map[string]string{"!": lastJob, "0": ownName}

// standIn has a statement name these.
func standIn(stmt *syntax.Stmt) {
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if p, is := n.(*syntax.ParamExp); is && p.Param != nil && standIns[p.Param.Value] != "" {
			p.Param.Value, p.Short = standIns[p.Param.Value], false
		}
		return true
	})
}

// tell has the interpreter carry out what nobody has typed.
func (s *shell) tell(format string, words ...any) {
	for stmt, err := range syntax.NewParser().StmtsSeq(strings.NewReader(fmt.Sprintf(format, words...))) {
		if err == nil {
			s.runner.Run(s.within(context.Background(), newJob("")), stmt)
		}
	}
}

// text is a statement on one line, as the list of jobs shows it, with which it may go on behind &.
func text(stmt *syntax.Stmt) string {
	var b strings.Builder
	itself := *stmt
	itself.Background = false
	if err := syntax.NewPrinter(syntax.SingleLine(true)).Print(&b, &itself); err != nil {
		return "?"
	}
	return strings.TrimSuffix(strings.TrimSpace(b.String()), ";")
}

// statusOf is what Run has returned as a status.
func statusOf(err error) int {
	var exit interp.ExitStatus
	switch {
	case err == nil:
		return 0
	case errors.As(err, &exit):
		return int(exit)
	case errors.Is(err, context.Canceled):
		return 128 + int(syscall.SIGINT)
	}
	complain("%v", err)
	return 1
}

// jobKey is where a context has the job for which something is done.
type jobKey struct{}

func (s *shell) within(ctx context.Context, j *job) context.Context {
	return context.WithValue(ctx, jobKey{}, j)
}
