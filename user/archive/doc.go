// Package archive reads the archive of programs that comes with the kernel, a cpio archive
// of the format newc, as the initial RAM disk.
//
// u-root's package cpio reads it, which trusts sizes: it makes room for a name of 4 GiB if a
// header says so. So all headers are looked at first (check.go), and an archive that cannot
// be is refused with a sentence. Hostile archives are fuzzed (FuzzOpen).
//
// # Context
//
// Pure; the archive is memory that nobody writes.
package archive
