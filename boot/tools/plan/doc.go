// Command plan says, before anything is flashed, what the kernel would make of a
// machine: which harts it uses and which it leaves out and why, who gets which memory,
// the console, the interrupts, and what is not driven.
//
//	go run ./boot/tools/plan [flags] file.dtb
//
// The file is a flattened device tree, as firmware hands it over: /sys/firmware/fdt of
// a running Linux, a .dtb of a distribution, or QEMU's -machine dumpdtb=; or the name of a
// board of dts/boards. The flags say what a running machine would know:
//
//	-image file   the kernel image, for its size (build/atoll.img)
//	-hart n       the hart that firmware enters (the lowest usable one)
//	-cores n      use at most so many harts (no limit)
//
// `make plan DTB=file` calls it. Exit status: 0 with a plan, 1 if the kernel could not
// boot there, 2 if the arguments or the file are no good.
package main
