// Package disk writes disk images: a partition table (GPT or MBR) and FAT32 file
// systems, into a file or anything else that can be written at an offset. It needs no
// root, no loop device and no other program.
//
// An image depends on its description alone: identifiers are derived from names, and
// every time is FAT's first, so that two builds are equal byte for byte. This is why
// the package exists: the libraries that write file systems take random identifiers
// and the time of day, and what they write is not clean to fsck.vfat and sgdisk.
//
// Sources: UEFI specification 2.10, chapter 5 (GPT, protective MBR); Microsoft
// Extensible Firmware Initiative FAT32 File System Specification 1.03.
//
// Host tools and tests call it. It allocates, and holds no state. Errors are
// sentences on the description or come from the writer. Everything is in sectors of
// 512 bytes unless a name says bytes.
package disk

// SectorSize is the size of a sector in bytes.
const SectorSize = 512
