// Package boot tests the kernel image in QEMU, by stages.
//
// Tests are numbered by what they depend on: s00 boot, s10 memory, s20 harts, s30
// channels, s35 bindings, s40 console, s45 trace, s50 death, s55 knowledge. When several stages
// fail, the lowest is the one to look at. They are written against the console contract,
// so only stable facts, sentences a person needs, and exit statuses count; free text does
// not.
//
// `make test` runs them with the image it has just built; `go test ./test/boot`
// runs them with the image that `make` built last. With ATOLL_SOAK=1 the longer
// suites run too.
//
// Context: host tests. They are parallel: as many machines run at a time as the host has
// processors, for most of them wait now and then. The package holds only tests.
package boot
