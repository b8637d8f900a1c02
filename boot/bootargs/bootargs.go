package bootargs

import (
	"errors"
	"fmt"
	"strconv"
)

// Bounds of the numbers.
const (
	MaxCores = 64 // as plan.MaxCores, which a test compares
	MaxProcs = 8  // Ps of one Go runtime, which has one hart
)

// maxProblems bounds Args.Problems, so that a garbled line cannot flood the
// console: the last one says how many were left out.
const maxProblems = 8

// Args is what the command line asked for.
type Args struct {
	Run    string // commands to run instead of asking a person
	HasRun bool   // run= was given, be it empty or unreadable
	NoRun  string // why nothing of it can be run, "" = it can
	Cores  int    // most harts to use; 0 = all
	Procs  int    // Ps of each instance's Go runtime; 0 = its default
	Quiet  bool   // leave out the planner's notes on what it does not use, and the later steps of the boot
	Share  bool   // programs have the folder of the host as /host
	// Problems are sentences about arguments that were not understood.
	Problems []string
}

// Parse reads a command line. It never fails; see Args.Problems.
func Parse(line string) Args { return ParseCut(line, len(line)) }

// ParseCut reads what is left of a command line that had so many bytes. The argument at
// the cut may lack its end.
func ParseCut(line string, given int) Args {
	p := parser{room: len(line), given: given}
	for rest := line; ; {
		var t token
		var ok bool
		if t, rest, ok = next(rest); !ok {
			break
		}
		t.cut = rest == "" && given > len(line)
		p.take(t)
	}
	if p.dropped > 0 {
		p.args.Problems[maxProblems-1] = fmt.Sprintf("%d more problems with the boot arguments are not shown", p.dropped+1)
	}
	return p.args
}

// parser gathers the arguments of one line.
type parser struct {
	args    Args
	seen    uint // keys given so far
	bare    bool // run= was given without quotes
	dropped int  // problems beyond maxProblems
	room    int  // bytes of the line, and
	given   int  // how many there were
}

// Bits of parser.seen.
const (
	seenRun = 1 << iota
	seenCores
	seenProcs
	seenQuiet
	seenShare
)

// take puts one argument where it belongs.
func (p *parser) take(t token) {
	switch t.key {
	case "run":
		p.once(t, seenRun)
		p.run(t)
	case "cores":
		p.once(t, seenCores)
		p.number(t, MaxCores, &p.args.Cores)
	case "procs":
		p.once(t, seenProcs)
		p.number(t, MaxProcs, &p.args.Procs)
	case "quiet":
		p.once(t, seenQuiet)
		p.set(t, &p.args.Quiet)
	case "share":
		p.once(t, seenShare)
		p.set(t, &p.args.Share)
	default:
		p.unknown(t)
	}
}

// set takes an argument without a value.
func (p *parser) set(t token, to *bool) {
	if t.hasValue {
		p.problem("%s takes no value, but was given %s; it is taken as set", t.key, quote(t.value))
	}
	*to = true
}

// once reports an argument that is given again; the last one counts.
func (p *parser) once(t token, bit uint) {
	if p.seen&bit != 0 {
		p.problem("%s is given more than once; the last one counts", t.key)
	}
	p.seen |= bit
}

// run takes the commands, or none at all if they cannot be read in full.
func (p *parser) run(t token) {
	p.args.HasRun, p.args.Run, p.args.NoRun = true, "", ""
	p.bare = !t.quoted
	switch {
	case t.cut:
		p.noRun("it is cut off: the boot arguments have %d bytes, and there is room for %d; nothing of it is run", p.given, p.room)
	case t.unclosed:
		p.noRun("its double quote is never closed; nothing of it is run")
	case !t.hasValue:
		p.noRun("it needs commands, as in run=\"cores; audit\"")
	default:
		p.args.Run = t.value
	}
}

// noRun keeps why the commands cannot be run.
func (p *parser) noRun(format string, args ...any) {
	p.args.NoRun = fmt.Sprintf(format, args...)
	p.problem("run=: %s", p.args.NoRun)
}

// number takes a number from 1 to most, or leaves the default.
func (p *parser) number(t token, most int, to *int) {
	*to = 0
	n, err := strconv.ParseUint(t.value, 10, 32)
	switch {
	case !t.hasValue:
		p.problem("%s needs a number, as in %s=1; it is ignored", t.key, t.key)
	case t.cut:
		p.problem("%s stands where the boot arguments are cut off; it is ignored", t.key)
	case t.unclosed:
		p.problem("the double quote after %s= is never closed; it is ignored", t.key)
	case err != nil && !errors.Is(err, strconv.ErrRange):
		p.problem("%s needs a number, but was given %s; it is ignored", t.key, quote(t.value))
	case err != nil || n < 1 || n > uint64(most):
		p.problem("%s must be from 1 to %d, but was given %s; it is ignored", t.key, most, quote(t.value))
	default:
		*to = int(n)
	}
}

// unknown reports what no one asked for. The usual cause of a stray word is a
// shell that ate the quotes of run="a; b".
func (p *parser) unknown(t token) {
	hint := ""
	if p.args.HasRun && p.bare && !t.hasValue {
		hint = "; commands with blanks need double quotes after run="
	}
	p.problem("unknown boot argument %s%s", quote(t.text()), hint)
}

// problem keeps a sentence, or counts it if there are too many.
func (p *parser) problem(format string, args ...any) {
	if len(p.args.Problems) == maxProblems {
		p.dropped++
		return
	}
	p.args.Problems = append(p.args.Problems, fmt.Sprintf(format, args...))
}

// quote writes an argument so that it fits a line of the console.
func quote(s string) string {
	const most = 40
	if len(s) > most {
		return strconv.QuoteToASCII(s[:most]) + "..."
	}
	return strconv.QuoteToASCII(s)
}
