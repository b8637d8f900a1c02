package bootargs_test

import (
	"strings"
	"testing"

	"atoll/boot/bootargs"
	"atoll/boot/plan"
)

func TestParse(t *testing.T) {
	tests := []struct {
		name, line string
		want       bootargs.Args // without Problems
	}{
		{"empty", "", bootargs.Args{}},
		{"blanks", " \t\n ", bootargs.Args{}},
		{"contract", `run="cores; audit; ping 0 15 1000"`,
			bootargs.Args{HasRun: true, Run: "cores; audit; ping 0 15 1000"}},
		{"all", `quiet share cores=16 procs=2 run=cores`,
			bootargs.Args{HasRun: true, Run: "cores", Quiet: true, Share: true, Cores: 16, Procs: 2}},
		{"nested quotes", `run="echo \"a; b\"; cores"`,
			bootargs.Args{HasRun: true, Run: `echo "a; b"; cores`}},
		{"nested backslash", `run="echo \"a\\\\b\""`,
			bootargs.Args{HasRun: true, Run: `echo "a\\b"`}},
		{"other backslash stays", `run="echo \n"`,
			bootargs.Args{HasRun: true, Run: `echo \n`}},
		{"quotes around the argument", `"run=cores; mem" quiet`,
			bootargs.Args{HasRun: true, Run: "cores; mem", Quiet: true}},
		{"equals in commands", `run="echo a=b"`, bootargs.Args{HasRun: true, Run: "echo a=b"}},
		{"trailing NUL", "quiet\x00", bootargs.Args{Quiet: true}},
		{"largest", "cores=64 procs=8", bootargs.Args{Cores: 64, Procs: 8}},
		{"leading zero", "cores=04", bootargs.Args{Cores: 4}},
		{"explicitly empty", `run=""`, bootargs.Args{HasRun: true}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := bootargs.Parse(tt.line)
			if len(got.Problems) != 0 {
				t.Errorf("problems with a good line: %q", got.Problems)
			}
			compare(t, got, tt.want)
		})
	}
}

func TestParseBad(t *testing.T) {
	tests := []struct {
		name, line, problem string
		want                bootargs.Args
	}{
		{"unknown", "console=ttyS0 quiet", `unknown boot argument "console=ttyS0"`, bootargs.Args{Quiet: true}},
		{"not a number", "cores=many", `cores needs a number, but was given "many"`, bootargs.Args{}},
		{"empty number", "cores=", `cores needs a number, but was given ""`, bootargs.Args{}},
		{"no number", "cores", "cores needs a number", bootargs.Args{}},
		{"negative", "cores=-1", `given "-1"`, bootargs.Args{}},
		{"zero", "cores=0", "cores must be from 1 to 64", bootargs.Args{}},
		{"too many", "cores=65", "cores must be from 1 to 64", bootargs.Args{}},
		{"huge", "procs=99999999999999999999999", "procs must be from 1 to 8", bootargs.Args{}},
		{"number not closed", `cores="4`, "never closed", bootargs.Args{}},
		{"twice", "cores=2 cores=3", "cores is given more than once", bootargs.Args{Cores: 3}},
		{"twice, second bad", "cores=2 cores=x", "cores is given more than once", bootargs.Args{}},
		{"quiet with value", "quiet=no", "quiet takes no value", bootargs.Args{Quiet: true}},
		{"cut off", `run="cores; audit; ping 0 1`, "run=: its double quote is never closed; nothing of it is run", bootargs.Args{HasRun: true}},
		{"run alone", "run", "run=: it needs commands", bootargs.Args{HasRun: true}},
		{"shell ate quotes", "run=cores; audit", "need double quotes after run=", bootargs.Args{HasRun: true, Run: "cores;"}},
		{"control bytes", "\x01quiet \x1b[2J", `unknown boot argument "[2J"`, bootargs.Args{Quiet: true}},
		{"not UTF-8", "\xff\xfe", `unknown boot argument "\xff\xfe"`, bootargs.Args{}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := bootargs.Parse(tt.line)
			if !strings.Contains(strings.Join(got.Problems, "\n"), tt.problem) {
				t.Errorf("problems %q lack %q", got.Problems, tt.problem)
			}
			compare(t, got, tt.want)
		})
	}
}

// What stands where a line is cut off is not taken in part: not even what looks whole.
// Sabotage: let take not look at token.cut; let ParseCut take the first token for cut.
func TestParseCut(t *testing.T) {
	for _, tt := range []struct {
		line    string
		given   int
		want    bootargs.Args
		problem string
	}{
		{`cores=2 run="echo a; po`, 30, bootargs.Args{HasRun: true, Cores: 2}, "run=: it is cut off: the boot arguments have 30 bytes, and there is room for 23; nothing of it is run"},
		{`run=audit`, 12, bootargs.Args{HasRun: true}, "run=: it is cut off"},
		{`run="audit" cores=1`, 20, bootargs.Args{HasRun: true, Run: "audit"}, "cores stands where"},
		{`run="audit" cores=1 `, 21, bootargs.Args{HasRun: true, Run: "audit", Cores: 1}, ""},
		{`run="audit"`, 11, bootargs.Args{HasRun: true, Run: "audit"}, ""},
	} {
		got := bootargs.ParseCut(tt.line, tt.given)
		compare(t, got, tt.want)
		if all := strings.Join(got.Problems, "\n"); !strings.HasPrefix(all, tt.problem) || tt.problem == "" && all != "" {
			t.Errorf("%q: problems %q, want %q", tt.line, all, tt.problem)
		}
		if no := strings.Contains(tt.problem, "run="); (got.NoRun != "") != no {
			t.Errorf("%q: why it is not run: %q", tt.line, got.NoRun)
		}
	}
}

// A garbled line must not flood the console.
func TestProblemsBounded(t *testing.T) {
	got := bootargs.Parse(strings.Repeat("x ", 100) + strings.Repeat("y", 3000)).Problems
	if len(got) != 8 {
		t.Fatalf("%d problems, want 8", len(got))
	}
	if want := "94 more problems with the boot arguments are not shown"; got[7] != want {
		t.Errorf("last problem %q, want %q", got[7], want)
	}
	for _, s := range bootargs.Parse(strings.Repeat("y", 3000)).Problems {
		if len(s) > 200 {
			t.Errorf("problem of %d bytes", len(s))
		}
	}
}

// The bound is written here too, since the planner imports this package.
func TestMaxCores(t *testing.T) {
	if bootargs.MaxCores != plan.MaxCores {
		t.Errorf("MaxCores is %d here, %d in the plan", bootargs.MaxCores, plan.MaxCores)
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"", `run="cores; audit; ping 0 15 1000" cores=4 quiet`, `run="a \"b; c\" \\"`, `run="open`, "cores=0 procs=x",
		"\x00\xff=\"\\", "= == =\"\"",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, line string) {
		a := bootargs.Parse(line)
		if a.Cores < 0 || a.Cores > bootargs.MaxCores || a.Procs < 0 || a.Procs > bootargs.MaxProcs {
			t.Errorf("out of bounds: %+v", a)
		}
		if !a.HasRun && a.Run != "" {
			t.Errorf("commands without run=: %+v", a)
		}
		for _, s := range a.Problems {
			if strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r > '~' }) {
				t.Errorf("problem is not one printable line: %q", s)
			}
		}
	})
}

func compare(t *testing.T, got, want bootargs.Args) {
	t.Helper()
	if got.Run != want.Run || got.HasRun != want.HasRun || got.Cores != want.Cores ||
		got.Procs != want.Procs || got.Quiet != want.Quiet || got.Share != want.Share {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
