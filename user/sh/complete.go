package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// sources say what words there are.
type sources struct {
	commands func() []string           // that may stand first
	files    func(dir string) []string // of a folder, those of folders with a slash
}

// special are the characters before which a file's name needs a backslash.
const special = " \t\\'\"`$&|;<>()*?[]#~=!{}"

// complete returns what to insert behind a line, whose end is the word that is to be completed, and else how the word
// can go on.
func complete(line string, from sources) (more string, list []string) {
	word, quote, first := lastWord(line)
	var all []string
	dir, base := "", word
	if i := strings.LastIndexByte(word, '/'); i >= 0 {
		dir, base = word[:i+1], word[i+1:]
	}
	if first && dir == "" {
		all = from.commands()
	} else {
		all = from.files(dir)
	}
	var fit []string
	for _, name := range all {
		if strings.HasPrefix(name, base) && (base != "" || name[0] != '.') {
			fit = append(fit, name)
		}
	}
	slices.Sort(fit)
	if fit = slices.Compact(fit); len(fit) == 0 {
		return "", nil
	}
	common := fit[0]
	for _, name := range fit[1:] {
		for !strings.HasPrefix(name, common) {
			common = common[:len(common)-1]
		}
	}
	more = quoted(common[len(base):], quote)
	switch {
	case len(fit) > 1 && more == "":
		return "", fit
	case len(fit) > 1 || strings.HasSuffix(common, "/"):
		return more, nil
	case quote != 0:
		return more + string(quote) + " ", nil
	}
	return more + " ", nil
}

// lastWord returns the word at the end of a line as the shell takes it, the quote that is open in it, or 0, and whether a
// command is expected there.
func lastWord(line string) (word string, quote byte, first bool) {
	first = true
	begun := false // the word, if only with a quote
	var b strings.Builder
	end := func(next bool) {
		b.Reset()
		first, begun = next, false
	}
	for i := 0; i < len(line); i++ {
		c := line[i]
		switch {
		case quote != 0 && c == quote:
			quote = 0
		case c == '\\' && quote != '\'' && i+1 < len(line):
			i++
			b.WriteByte(line[i])
			begun = true
		case quote != 0:
			b.WriteByte(c)
		case c == '\'' || c == '"':
			quote, begun = c, true
		case c == ' ' || c == '\t':
			if begun {
				end(first && leads(b.String()))
			}
		case strings.IndexByte(";|&(`", c) >= 0:
			end(true)
		case c == '<' || c == '>':
			end(false)
		default:
			b.WriteByte(c)
			begun = true
		}
	}
	return b.String(), quote, first
}

// leads reports whether a command follows a word, such as then or an assignment.
func leads(word string) bool {
	name, _, is := strings.Cut(word, "=")
	return is && name != "" && !strings.Contains(name, "/") ||
		slices.Contains([]string{"!", "{", "do", "elif", "else", "exec", "if", "then", "time", "until", "while", "command"}, word)
}

// quoted is part of a name as it stands within a quote, or without one.
func quoted(part string, quote byte) string {
	if quote == '\'' {
		return part
	}
	needs := special
	if quote == '"' {
		needs = "\\\"`$"
	}
	var b strings.Builder
	for _, r := range part {
		if strings.ContainsRune(needs, r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// reserved are what the interpreter knows and no folder has.
var reserved = strings.Fields(`alias bg break case cd command continue do done echo elif else esac eval exec exit export
	false fg fi for function getopts if jobs kill local printf pwd read readonly return set shift source test then trap true
	type unalias unset until wait while`)

// sources are those of a shell: its functions, and what is in its folders.
func (s *shell) sources() sources {
	at := func(name string) string {
		if v, is := s.runner.Vars[name]; is {
			return v.String()
		}
		return os.Getenv(name) // nothing has been carried out yet
	}
	return sources{
		commands: func() []string {
			list := slices.Clone(reserved)
			for name := range s.runner.Funcs {
				list = append(list, name)
			}
			for _, dir := range filepath.SplitList(at("PATH")) {
				list = append(list, programs(dir)...)
			}
			return list
		},
		files: func(dir string) []string {
			if rest, is := strings.CutPrefix(dir, "~/"); is {
				dir = at("HOME") + "/" + rest
			}
			if !filepath.IsAbs(dir) {
				dir = filepath.Join(s.runner.Dir, dir)
			}
			return entries(dir)
		},
	}
}

// entries are the names in a folder, with a slash behind those of folders.
func entries(dir string) (list []string) {
	all, _ := os.ReadDir(dir)
	for _, e := range all {
		name := e.Name()
		if info, err := os.Stat(filepath.Join(dir, name)); err == nil && info.IsDir() {
			name += "/"
		}
		list = append(list, name)
	}
	return list
}

// programs are the names of those in a folder.
func programs(dir string) (list []string) {
	all, _ := os.ReadDir(dir)
	for _, e := range all {
		if info, err := os.Stat(filepath.Join(dir, e.Name())); err == nil && !info.IsDir() && info.Mode()&0o111 != 0 {
			list = append(list, e.Name())
		}
	}
	return list
}

// columns is a list as it is shown.
func columns(list []string) string {
	const width = 80
	widest := 0
	for _, name := range list {
		widest = max(widest, len(name))
	}
	perLine := max(1, width/(widest+2))
	var b strings.Builder
	for i, name := range list {
		if i%perLine == perLine-1 || i == len(list)-1 {
			b.WriteString(name + "\n")
		} else {
			fmt.Fprintf(&b, "%-*s  ", widest, name)
		}
	}
	return b.String()
}
