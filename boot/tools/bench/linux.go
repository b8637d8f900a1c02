package main

// peer is a figure of another system on the same emulator, to compare with.
type peer struct {
	name                string
	least, median, most float64 // ns; least and most of the medians of its boots
}

// peerSource says where the figures come from. They were measured once, on another
// day, and are carried over; this program does not measure them.
const peerSource = "Linux 6.12 (Debian trixie, riscv64) on QEMU 7.2 with 2 harts, 5 boots on a shared host"

// peers are round trips between two threads or processes that block, on two harts.
var peers = []peer{
	{"Linux futex", 281_000, 441_000, 466_000},
	{"Linux eventfd", 455_000, 553_000, 7_800_000},
	{"Linux pipe, 64 bytes", 388_000, 542_000, 617_000},
}

// peerSpin is a shared-memory ping-pong of two spinning threads.
var peerSpin = peer{"Linux, two threads", 529, 541, 554}

// Instructions of blocked round trips between two threads of one hart.
const (
	peerFutexInstructions = 12_500
	peerPipeInstructions  = 13_900
)
