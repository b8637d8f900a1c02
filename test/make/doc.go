// Package make tests what `make` does on the host: that the image depends on the
// sources alone, and that the set-up scripts do no more than they must and say what
// is wrong in a sentence.
//
// Context: host tests. The package holds only tests.
package make
