// Package archive reads what comes with the kernel as the initial RAM disk: a cpio archive of
// the format newc, with programs and other files.
//
// Nothing is copied: a record's bytes are the archive's. All headers are looked at before any
// record is returned, and an archive that cannot be is refused with a sentence. Hostile
// archives are fuzzed (FuzzRecords), against u-root's package cpio, which writes them.
//
// # Context
//
// Pure; the archive is memory that nobody writes.
package archive
