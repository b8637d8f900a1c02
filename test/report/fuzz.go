package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"strings"
)

// target is a fuzz target.
type target struct{ pkg, name string }

// fuzz runs each fuzz target for the configured time, one after the other: a fuzzer
// uses all processors by itself.
func fuzz(ctx context.Context, o options, s *summary) {
	cmd := command(ctx, nil, []string{"go", "test", "-json", "-list", "^Fuzz", "./..."})
	out, err := cmd.Output()
	if err != nil {
		s.count("fuzz targets", fail, err.Error())
		return
	}
	for _, t := range targets(out) {
		test(ctx, s, t.pkg+" "+t.name, nil, "-run", "^$", "-fuzz", "^"+t.name+"$", "-fuzztime", o.fuzzTime.String(),
			"-fuzzminimizetime", "10x", t.pkg) // see package brief
	}
}

// targets reads the names out of `go test -json -list`.
func targets(out []byte) []target {
	var found []target
	lines := bufio.NewScanner(bytes.NewReader(out))
	for lines.Scan() {
		var e event
		if json.Unmarshal(lines.Bytes(), &e) != nil || e.Action != "output" {
			continue
		}
		if name := strings.TrimSpace(e.Output); strings.HasPrefix(name, "Fuzz") {
			found = append(found, target{e.Package, name})
		}
	}
	return found
}
