// Command report runs the project's checks and sums them up; `make test` and `make
// soak` call it, on the host, from the module's root.
//
//	build/report [-soak] [-fuzztime 30s] [-limit 15m] [step...]
//
// The steps are format (gofmt), image (the kernel builds), vet (for the host and for the
// kernel), host (the packages' own tests, with -race where there is a C compiler and
// where goroutines run), boot (the image in QEMU) and, with -soak, fuzz. Tests run as
// `go test -json`; the command prints a line for each package, the output of what failed, why tests were
// skipped, the slowest tests (each without its subtests), what each step took, and as
// its last line
//
//	N passed, N failed, N skipped
//
// which counts leaf tests: a test with subtests counts through them, except when it
// fails by itself. A step without tests of its own, and a package that fails
// although none of its tests did (it does not compile, it ran out of time),
// count as one. The exit status is 0 only if something ran and nothing failed.
package main
