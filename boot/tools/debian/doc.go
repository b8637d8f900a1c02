// Package debian gets Debian's kernel for riscv64, to measure beside Atoll, and programs of
// Debian's, to run on it.
//
// Where from is apt's configuration of this host: the archive is the one that it takes Debian's
// packages from. apt works in a folder of the caller's, so that what is installed here
// and what apt knows stay as they are. It checks the signature of the release, by Debian's
// keys, and by that the index, and by that the package. The package stays in the folder
// with its entry of the index, and is checked against that each time it is used.
//
// # Who does what
//
//	kernel.go   the package of the kernel of the day, to an image that boots
//	program.go  a program out of a package
//	shelf.go    a package in the folder, fetched or kept, and what is in it
//	apt.go      apt in a folder of its own
//	package.go  entries of an index, and whether a file is the one of an entry
//
// Context: the host; the network only if the folder has no package. A host without apt, or
// whose archive cannot be reached, gets one sentence.
package debian
