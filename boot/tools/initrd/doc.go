// Command initrd makes an initial RAM disk of archives, such as that of the programs and that of
// a shell and its commands, with a few files of /etc:
//
//	initrd -o build/initrd.cpio build/programs.cpio build/commands.cpio
//
// Of two files with one path the first counts. The same archives make the same bytes.
package main
