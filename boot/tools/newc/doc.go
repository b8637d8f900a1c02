// Package newc writes cpio archives of the format newc in which files begin where pages do, so that a kernel
// can map them from where they lie. Zeros behind a file's name make it so long; to who reads a name as C
// does they are not there, which holds for Linux and for package archive.
//
// It reads archives too. Context: host tools; pure.
package newc
