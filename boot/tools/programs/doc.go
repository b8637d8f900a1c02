// Command programs builds the programs of a folder, each package with a main function in
// it, for user mode, and packs them into a cpio archive (newc):
//
//	programs -o build/programs.cpio [-together ./user/programs/...] [a/program another.elf]
//
// Those of -together become one program with many names.
// The same sources make the same bytes: no times, owners or paths of the host are in it.
package main
