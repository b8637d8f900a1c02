// Command image turns the linked kernel into the flat file that firmware loads.
//
//	go run ./boot/tools/image [-o build/atoll.img] [-sym build/atoll.sym] [-gz build/atoll.img.gz] build/atoll.elf
//
// The file is what Linux calls an Image: its first page begins with the 64 bytes
// of the RISC-V image header (Linux, Documentation/arch/riscv/boot-image-header),
// which are executable and jump to the ELF's entry symbol, and layout.ImageInfo,
// which tells the early code where the segments lie; every PT_LOAD segment's bytes
// stand at their distance from layout.LinkBase. Nothing in it is absolute for the
// loader: it may be put at any 2 MiB-aligned address.
//
// bss is not in the file, since every instance begins with zeroed pages of its
// own. The header's image_size is the file's length plus layout.Scratch, so that
// boot loaders keep clear of the memory behind the image that the planner uses.
//
// The command refuses what could not run: segments that overlap, leave the link
// window, are not page aligned, or are writable and executable; a size that no
// kernel of this project has; an ECALL in a function outside package arch, which
// is a system call that the overlay missed and the firmware would take.
//
// -sym writes the symbols sorted by address, one `address kind name` a line, to look
// up a printed sepc in. -gz writes the image a second time, compressed.
package main
