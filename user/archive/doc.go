// Package archive reads what comes with the kernel as the initial RAM disk: a cpio archive of
// the format newc, with programs and other files.
//
// Nothing is copied: a record's bytes are the archive's. A path ends with the first zero; more of them may be
// behind it, with which who makes an archive has files begin where pages do. All headers are looked at before any
// record is returned, and an archive that cannot be is refused with a sentence. Hostile
// archives are fuzzed (FuzzRecords), against u-root's package cpio, which writes them.
//
// # Context
//
// Pure; the archive is memory that nobody writes.
package archive
