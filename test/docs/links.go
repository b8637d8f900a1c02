package docs

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	fence      = regexp.MustCompile("^\\s*(```|~~~)")
	codeSpan   = regexp.MustCompile("`([^`]+)`")
	reference  = regexp.MustCompile(`^([\w./-]+):/(.+)/$`)
	inlineLink = regexp.MustCompile(`\]\(\s*<?([^)\s>]+)>?(?:\s+"[^"]*")?\s*\)`)
	htmlLink   = regexp.MustCompile(`\b(?:src|srcset|href)="([^"]+)"`)
	definition = regexp.MustCompile(`^\s*\[[^\]]+\]:\s+<?([^\s>]+)>?`)
	scheme     = regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`)
	heading    = regexp.MustCompile(`^#{1,6}\s+(.*?)\s*#*$`)
	// A line of "=" alone may be a heading's, so the other two stand for it.
	unmerged  = regexp.MustCompile(`^(<<<<<<<|>>>>>>>) `)
	notInSlug = regexp.MustCompile(`[^\p{L}\p{N}_ -]`)
)

// markdown checks one .md file.
func (c *checker) markdown(rel string) {
	c.file = rel
	t := c.read(rel)
	for i, l := range prose(t.lines) {
		c.line = i + 1
		if unmerged.MatchString(t.lines[i]) {
			c.report("two versions of the text stand here, which a merge has left")
		}
		for _, m := range codeSpan.FindAllStringSubmatch(l, -1) {
			if r := reference.FindStringSubmatch(m[1]); r != nil {
				c.place(r[1], r[2])
			}
		}
		l = codeSpan.ReplaceAllString(l, "")
		c.testNames(l)
		for _, kind := range []*regexp.Regexp{inlineLink, htmlLink, definition} {
			for _, m := range kind.FindAllStringSubmatch(l, -1) {
				c.link(m[1])
			}
		}
	}
	if t.err != nil {
		c.report("%v", t.err)
	}
}

// prose returns the lines with those of fenced blocks emptied.
func prose(lines []string) []string {
	out := make([]string, len(lines))
	open := ""
	for i, l := range lines {
		m := fence.FindStringSubmatch(l)
		switch {
		case m != nil && open == "":
			open = m[1]
		case m != nil && open == m[1]:
			open = ""
		case open == "":
			out[i] = l
		}
	}
	return out
}

// link checks the target of a link.
func (c *checker) link(target string) {
	if scheme.MatchString(target) || strings.HasPrefix(target, "//") {
		return // another site
	}
	to, anchor, hasAnchor := strings.Cut(target, "#")
	file := c.file
	if to != "" {
		file = path.Join(path.Dir(c.file), to)
	}
	switch {
	case strings.HasPrefix(to, "/") || file == ".." || strings.HasPrefix(file, "../"):
		c.report("the link to %s leaves the repository; links are relative", target)
	case !c.exists(file):
		c.report("the link to %s leads nowhere: there is no %s", target, file)
	case hasAnchor && path.Ext(file) != ".md":
		c.report("the link to %s names a place in a file that is no text for readers; write `path:/regex/`", target)
	case hasAnchor && !slices.Contains(slugs(c.read(file).lines), anchor):
		c.report("the link to %s leads to the top of the page: %s has no heading #%s", target, file, anchor)
	}
}

// slugs returns the anchors of a file's headings, as GitHub and Gitea make them
// where no two headings are alike.
func slugs(lines []string) []string {
	var list []string
	for _, l := range prose(lines) {
		if m := heading.FindStringSubmatch(l); m != nil {
			s := notInSlug.ReplaceAllString(strings.ToLower(m[1]), "")
			list = append(list, strings.ReplaceAll(s, " ", "-"))
		}
	}
	return list
}

// place checks a reference to a place in a file.
func (c *checker) place(file, expr string) {
	re, err := regexp.Compile(expr)
	if err != nil {
		c.report("the reference to %s holds no regular expression: %v", file, err)
		return
	}
	if !c.exists(file) {
		c.report("the reference to %s leads nowhere: there is no such file below the root", file)
		return
	}
	t := c.read(file)
	if t.err != nil {
		c.report("the reference to %s cannot be followed: %v", file, t.err)
		return
	}
	var at []int
	for i, l := range t.lines {
		if re.MatchString(l) {
			at = append(at, i+1)
		}
	}
	switch {
	case len(at) == 0:
		c.report("no line of %s matches /%s/", file, expr)
	case len(at) > 1:
		c.report("%d lines of %s match /%s/, the first two are %d and %d; a reference means one", len(at), file, expr, at[0], at[1])
	}
}
