package main

import (
	"context"
	"io"
	"os"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// captureFile is the name of what takes the output of a command substitution, which no folder has.
const captureFile = "/((capture))"

// markCaptured has the command substitutions of a statement write into a pipe: programs and what is begun beside them have its end as they have any file,
// and the substitution ends when they all have closed it.
func markCaptured(stmt *syntax.Stmt) {
	syntax.Walk(stmt, func(n syntax.Node) bool {
		if cs, is := n.(*syntax.CmdSubst); is && len(cs.Stmts) > 0 && cs.Stmts[0].Cmd != nil { // $(<file) reads that
			cs.Stmts = []*syntax.Stmt{{
				Position: cs.Stmts[0].Position, Cmd: &syntax.Subshell{Stmts: cs.Stmts},
				Redirs: []*syntax.Redirect{{Op: syntax.RdrOut, Word: literally(captureFile)}},
			}}
		}
		return true
	})
}

// capture opens such a pipe. Who closes it waits until all have, or the statement is given up.
func (s *shell) capture(ctx context.Context, hc interp.HandlerContext) (io.ReadWriteCloser, error) {
	r, end, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	ctx, _ = s.whose(ctx, hc)
	givenUp := context.AfterFunc(ctx, func() { r.Close() })
	taken := make(chan struct{})
	go func() {
		defer close(taken)
		io.Copy(hc.Stdout, r)
	}()
	return &closing{File: end, then: func() {
		<-taken
		givenUp()
		r.Close()
	}}, nil
}
