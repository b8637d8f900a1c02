// Package card makes the image of an SD card from which a board's boot loader starts
// the kernel: partitions, a FAT32 file system with the kernel, device trees, and the
// files that tell the boot loader what to do. What a board wants is a row in package
// dts/boards, how it is written is package disk's matter.
//
// Two cards with the same contents are equal byte for byte.
//
// Host tools and tests call it. It writes one file; every error is a sentence.
package card
