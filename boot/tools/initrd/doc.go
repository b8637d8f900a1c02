// Command initrd makes an initial RAM disk with a shell: u-root's commands, as one program with
// many names, beside the programs of an archive and a few files of /etc:
//
//	initrd -o build/initrd.cpio [-cmds "gosh ls cat"] build/programs.cpio
//
// u-root's own tool builds them, with the stock toolchain, from the module that user/uroot
// pins; without -cmds it takes all that are listed there. The same sources make the same
// bytes. The first time it needs the network, or a module cache that has them.
package main
