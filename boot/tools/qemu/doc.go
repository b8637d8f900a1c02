// Command qemu runs the kernel image in QEMU, interactively or under gdb.
//
//	build/qemu [flags] [-- further arguments of QEMU]
//
// `make run` and `make gdb` call it. Each flag's default comes from the environment
// variable of the same name in capitals, which is how the Makefile hands on its
// own variables: boot arguments are full of quotes, and no shell gets to see
// them this way.
//
// Without -gdb the command becomes QEMU, whose exit status is then that of the
// kernel's last command (see the console contract). With -gdb it starts QEMU
// stopped, its console going to a file, and gdb-multiarch connected to it, and
// ends QEMU when gdb ends.
package main
