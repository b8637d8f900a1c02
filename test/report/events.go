package main

import (
	"bufio"
	"encoding/json"
	"io"
	"maps"
	"slices"
	"strings"
	"time"
)

// event is a line of `go test -json` (go doc test2json).
type event struct {
	Action      string
	Package     string
	ImportPath  string // of build output
	Test        string
	Output      string
	Elapsed     float64 // seconds
	FailedBuild string
}

func (e *event) elapsed() time.Duration { return time.Duration(e.Elapsed * float64(time.Second)) }

// packageRun collects one package's tests until the package ends.
type packageRun struct {
	verdicts map[string]verdict // "" while the test runs
	took     map[string]time.Duration
	output   map[string]*strings.Builder
}

// stream follows the events of one `go test -json`.
type stream struct {
	sum      *summary
	packages map[string]*packageRun
	builds   map[string]*strings.Builder // compiler output by import path
	stray    strings.Builder             // lines that are no events
	failed   bool                        // a failure was counted
}

// follow reads events to the end of r and counts them.
func follow(r io.Reader, sum *summary) *stream {
	s := &stream{sum: sum, packages: map[string]*packageRun{}, builds: map[string]*strings.Builder{}}
	lines := bufio.NewReader(r)
	for {
		line, err := lines.ReadString('\n')
		if line != "" {
			s.line(line)
		}
		if err != nil {
			return s
		}
	}
}

// line takes one line of the stream.
func (s *stream) line(line string) {
	var e event
	if !strings.HasPrefix(line, "{") || json.Unmarshal([]byte(line), &e) != nil {
		s.stray.WriteString(line)
		return
	}
	if strings.HasPrefix(e.Action, "build-") {
		builder(s.builds, e.ImportPath).WriteString(e.Output)
		return
	}
	p := s.packages[e.Package]
	if p == nil {
		p = &packageRun{map[string]verdict{}, map[string]time.Duration{}, map[string]*strings.Builder{}}
		s.packages[e.Package] = p
	}
	switch v := verdict(e.Action); {
	case e.Action == "run":
		p.verdicts[e.Test] = ""
	case e.Action == "output":
		builder(p.output, e.Test).WriteString(e.Output)
	case v != pass && v != fail && v != skip: // start, pause, cont, bench
	case e.Test != "":
		p.verdicts[e.Test], p.took[e.Test] = v, e.elapsed()
		if v == pass {
			delete(p.output, e.Test)
		}
	default:
		s.end(e, p, v)
		delete(s.packages, e.Package)
	}
}

// end counts the tests of a package that has ended.
func (s *stream) end(e event, p *packageRun, v verdict) {
	names := slices.Sorted(maps.Keys(p.verdicts))
	for name, d := range p.own() {
		s.sum.took(e.Package+" "+name, d)
	}
	tests, failed := 0, false
	for i, name := range names {
		tv := p.verdicts[name]
		if tv == "" { // it never ended, so it is what the package died of
			tv = fail
		}
		inner := i+1 < len(names) && parent(name, names[i+1:])
		if inner && !(tv == fail && !childFailed(p, name)) {
			continue
		}
		tests++
		failed = failed || tv == fail
		s.sum.count(e.Package+" "+name, tv, builder(p.output, name).String())
	}
	if v == fail && !failed {
		text := builder(p.output, "").String()
		if e.FailedBuild != "" {
			text = builder(s.builds, e.FailedBuild).String() + text
		}
		s.sum.count(e.Package, fail, text)
	}
	s.failed = s.failed || v == fail
	if tests > 0 || v == fail {
		s.sum.finished(e.Package, v, tests, e.elapsed())
	}
}

// own returns what each test has taken without its subtests: a test may prepare much for them.
func (p *packageRun) own() map[string]time.Duration {
	own := maps.Clone(p.took)
	for name, d := range p.took {
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			own[name[:i]] -= d
		}
	}
	return own
}

// parent reports whether one of the names is a subtest of name.
func parent(name string, names []string) bool {
	return slices.ContainsFunc(names, func(n string) bool { return strings.HasPrefix(n, name+"/") })
}

// childFailed reports whether a subtest of name failed or never ended.
func childFailed(p *packageRun, name string) bool {
	for n, v := range p.verdicts {
		if strings.HasPrefix(n, name+"/") && (v == fail || v == "") {
			return true
		}
	}
	return false
}

// builder returns the map's builder for the key and makes it if need be.
func builder(m map[string]*strings.Builder, key string) *strings.Builder {
	if m[key] == nil {
		m[key] = &strings.Builder{}
	}
	return m[key]
}
