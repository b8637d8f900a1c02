// Package brief has a fuzz target spend its time on inputs that are new.
//
// The fuzzer looks for the shortest input that still covers what is new, for up to a
// minute each time and a try for each piece that may be left out. Where the input is a
// device tree of many kilobytes that minute is always spent; where goroutines take turns
// as they like, so that one input covers more in one run than in another, the search
// finds no end. Meanwhile nothing else is tried: such targets ran none or two inputs a
// second.
package brief

import (
	"flag"
	"testing"
)

// Shorten bounds that search to a few tries. A target calls it before f.Fuzz; an
// argument -fuzzminimizetime of the command line has no effect then.
func Shorten(f *testing.F) {
	f.Helper()
	if err := flag.Set("test.fuzzminimizetime", "10x"); err != nil {
		f.Fatal(err)
	}
}
