package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"strings"
	"time"

	"atoll/boot/tools/qemurun"
)

// record is one JSON object that a command has printed.
type record map[string]any

// event names the record.
func (r record) event() string {
	s, _ := r["event"].(string)
	return s
}

// number returns a value; ok is false if there is none or it is no number.
func (r record) number(key string) (v float64, ok bool) {
	v, ok = r[key].(float64)
	return v, ok
}

// boot runs the commands of an experiment on its machine and returns the records they print,
// or those of another kernel. A boot that does not end within the bound, or whose commands
// fail, is tried once more.
func (e *experiment) boot(log io.Writer) ([]record, error) {
	m := e.machine
	m.Console = qemurun.Stdio
	m.NoReboot = true
	if m.Append == "" {
		m.Append = `quiet run="` + e.commands + `"`
	}
	command, err := m.Command()
	if err != nil {
		return nil, err
	}
	for try := 1; ; try++ {
		records, err := bootOnce(command, e.bound)
		if err == nil || try == 2 {
			return records, err
		}
		fmt.Fprintf(log, "  once more: %v\n", err)
	}
}

// bootOnce runs one QEMU.
func bootOnce(command []string, bound time.Duration) ([]record, error) {
	ctx, cancel := context.WithTimeout(context.Background(), bound)
	defer cancel()
	cmd := exec.CommandContext(ctx, command[0], command[1:]...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	err := cmd.Run()
	records := parse(out.String())
	switch {
	case ctx.Err() != nil:
		err = fmt.Errorf("it did not end within %v", bound)
	case err != nil:
		err = fmt.Errorf("it failed: %w", err)
	case len(records) == 0: // a kernel that ends before it is up lets QEMU end well
		err = errors.New("its commands measured nothing")
	}
	if err != nil {
		return nil, fmt.Errorf("%w; the console ended with:\n%s", err, tail(out.String(), 12))
	}
	return records, nil
}

// parse returns the records among the lines of a console.
func parse(console string) []record {
	var records []record
	for line := range strings.Lines(console) {
		r := record{}
		if strings.HasPrefix(line, "{") && json.Unmarshal([]byte(line), &r) == nil {
			records = append(records, r)
		}
	}
	return records
}

// tail returns the last n lines of a text.
func tail(text string, n int) string {
	lines := strings.Split(strings.TrimRight(text, "\r\n"), "\n")
	return strings.Join(lines[max(len(lines)-n, 0):], "\n")
}
