// Package fat is a FAT32 file system on a disk, with long names, as a Server of package farfs. Its source is
// Microsoft's "FAT: General Overview of On-Disk Format", 1.03.
//
// # Why not a library
//
// github.com/diskfs/go-diskfs v1.9.4 was tried with 300 random calls on 20 files: its FAT32 leaves the clusters of files that
// are removed taken (817 of them), cuts a directory of several clusters to one at each removal, gives a rewritten file's old content to
// readers (5 times), renames within one directory only, and writes FAT and directories in the order in which it
// comes to them; its ext4 panics, and e2fsck finds blocks of several files. No other that writes is to be had.
//
// # Order
//
// What is written lies in memory until it is committed: at sync and fsync, when it is much, and when a second has gone by without a
// question. A commit writes in steps, and has the disk flush between them:
//
//	1  data, and directories whose clusters are new
//	2  both FATs, with the clusters that were taken
//	3  both FATs, with the chains that go on with these
//	4  directories that there were
//	5  both FATs, with the ends of chains that were cut
//	6  both FATs, without the clusters that were given up
//
// So a directory never names a cluster that a FAT has as free or another file has, whenever it is cut. Clusters that were given
// up are not taken again before that. What a cut may leave is clusters that are taken and belong to no file, and a chain that is longer
// than its file: fsck.fat gives these back. The second FAT may be a step behind, or before. Entries with their long names lie in one sector, where they fit, so there is all of them or
// nothing. A rename is committed by itself, the new name before the old one goes: cut between, both names
// stand for the file, as the format has it.
//
// # Execution context
//
// One goroutine, as Server says. What the disk contains is input: FuzzDisk.
//
// # Invariants
//
//	F1  what is read is what was written last                        TestModel
//	F2  whenever writes are cut, what was committed is there, and
//	    fsck.fat finds nothing but what is written above             TestCuts
//	F3  no content of a disk makes it panic, loop or reach beyond
//	    the file system                                              FuzzDisk
package fat
