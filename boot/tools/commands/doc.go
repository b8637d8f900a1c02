// Command commands makes an archive of u-root's commands, as one program with many names, of the
// shell, and of programs that are modules of their own:
//
//	commands -o build/commands.cpio [-cmds "sh ls cat"]
//
// u-root's own tool builds them, with the stock toolchain, from the module that user/uroot
// pins; without -cmds it takes all that are listed there. The same sources make the same
// bytes. The first time it needs the network, or a module cache that has them.
package main
