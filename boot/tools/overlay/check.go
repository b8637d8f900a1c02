package main

import (
	"fmt"
	"regexp"
	"strings"
)

// version is what the overlay has been proved with.
var version = regexp.MustCompile(`^go1\.26(\.\d+|rc\d+)?( |$|-)`)

// checkVersion refuses a Go version that nobody has looked at.
func checkVersion(v string) error {
	if !version.MatchString(v) {
		return fmt.Errorf("the kernel is built with go1.26.x, but `go version` is %s", v)
	}
	return nil
}

// Forms of lines, after comments are gone.
var (
	comment  = regexp.MustCompile(`(?s)/\*.*?\*/|//[^\n]*`)
	ecall    = regexp.MustCompile(`^([A-Za-z_]\w*:\s*)?ECALL$`)
	define   = regexp.MustCompile(`^#\s*(define|undef)\s+ECALL\b`)
	mention  = regexp.MustCompile(`\bECALL\b`)
	trapping = regexp.MustCompile(`(?i)\b(SCALL|EBREAK|(WORD|LONG)\s+\$(0x0*73|115)\b)`)
	word     = regexp.MustCompile(`[\w.·$]+`)
)

// checkForm checks that the macro fits the file at path: ECALL stands there, always
// as a plain instruction, nothing defines it, nothing else traps, and X5 is not
// live across any of them.
func checkForm(path, text string) error {
	text = comment.ReplaceAllStringFunc(text, func(c string) string {
		return strings.Repeat("\n", strings.Count(c, "\n"))
	})
	lines := strings.Split(text, "\n")
	found := 0
	for i := range lines {
		line := strings.TrimSpace(lines[i])
		switch {
		case define.MatchString(line):
			return fmt.Errorf("%s:%d defines ECALL itself; the overlay cannot", path, i+1)
		case trapping.MatchString(line):
			return fmt.Errorf("%s:%d enters the operating system other than by ECALL: %s", path, i+1, line)
		case ecall.MatchString(line):
			found++
			if at, live := linkLive(lines, i+1); live {
				return fmt.Errorf("%s:%d needs X5 across the ECALL of line %d; the overlay overwrites it", path, at+1, i+1)
			}
		case mention.MatchString(line):
			return fmt.Errorf("%s:%d uses ECALL in a way the overlay does not know: %s", path, i+1, line)
		}
	}
	if found == 0 {
		return fmt.Errorf("%s holds no ECALL instruction; this Go version enters its system in another way", path)
	}
	return nil
}

// linkLive reports whether the straight line of code from lines[i] on reads X5
// (T0) before it writes it, and where.
func linkLive(lines []string, i int) (int, bool) {
	for ; i < len(lines); i++ {
		w := word.FindAllString(lines[i], -1)
		if len(w) == 0 {
			continue
		}
		if w[0] == "RET" || w[0] == "JMP" || w[0] == "TEXT" {
			return i, false
		}
		for k, operand := range w[1:] {
			if operand != "T0" && operand != "X5" {
				continue
			}
			written := k == len(w)-2 && len(w) > 2 && !strings.HasSuffix(strings.TrimSpace(lines[i]), ")")
			return i, !written
		}
	}
	return i, false
}
