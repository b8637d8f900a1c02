// Package docs checks that what the documentation points at is there.
//
// Check reads every .md file of the repository, outside fenced blocks, for
//
//	[text](path#heading)   a relative link: the file exists, and the heading
//	src="path"             the same in HTML
//	`path:/regex/`         a place in a file: path is relative to the root, and
//	                       the regular expression (RE2) matches one line of it
//
// and for names of tests, which must exist; inside the blocks, too, for the
// marks that a merge leaves around two versions of a text. In Go and assembly
// files it reads mentions of docs/NAME.md, and in package comments (doc.go) names of tests.
// A line number is no reference, since it goes stale in silence; an expression
// that no longer matches, or matches twice, is a problem with file and line.
//
// The tests of the package run Check over the repository, hold the tables of
// README.md against the code that they describe, and plant mistakes to see that
// each kind is found.
//
// Context: host tests, one goroutine, reads files only.
package docs
