package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"

	"atoll/boot/tools/qemurun"
	"atoll/monitor/trace"
)

// boot runs the machine and returns what it has dumped.
func (o *options) boot() (trace.Dump, error) {
	console, err := o.console()
	if o.keep != "" {
		if e := os.WriteFile(o.keep, console, 0o666); err == nil {
			err = e
		}
	}
	if err != nil {
		return trace.Dump{}, err
	}
	return trace.ReadDump(bytes.NewReader(console))
}

// console runs the machine to its end and returns what it has printed.
func (o *options) console() ([]byte, error) {
	if strings.ContainsAny(o.commands, "\"\\") {
		return nil, errors.New("the commands have a quote or a backslash in them")
	}
	m := o.machine
	m.Console, m.NoReboot = qemurun.Stdio, true
	m.Append = `run="` + o.commands + `"`
	command, err := m.Command()
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(context.Background(), o.limit)
	defer cancel()
	out, err := exec.CommandContext(ctx, command[0], command[1:]...).Output()
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("the machine did not end within %v", o.limit)
	case err != nil:
		err = fmt.Errorf("the machine has ended with %w", err)
	}
	return out, err
}
