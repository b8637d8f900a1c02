// Command early runs every function that promises to work before there is a
// runtime: no g, MMU off, far from the link address. It ends QEMU's virt machine
// with status 42 when all of them did, with the number of the check that failed,
// or with 99 after a trap. On a machine with one hart it powers off at once.
package main

import (
	"atoll/arch/layout"
	"atoll/arch/mmio"
	"atoll/arch/sbi"
	"atoll/arch/semihost"
	"atoll/arch/sv39"
)

// Registers of QEMU's virt machine.
const (
	finisher = 0x10_0000
	clockLow = 0x10_1000
	lineStat = 0x1000_0005
)

const bound = 1 << 20 // polls of another hart

var (
	stack, stack2 [16384]byte
	word          uint64
)

func secondAddr() uint64
func wordAddr() uintptr
func pending() uint64
func clearSoft()

// main is never reached; it keeps the functions in the program.
func main() {
	early(uint64(stack[0]))
	second(uint64(stack2[0]), word)
}

//go:nosplit
func early(hart uint64) {
	say("early\n")
	checkBase()
	checkConsole()
	checkRegisters()
	checkTables()
	checkInterrupts(hart)
	if other(hart) < 0 {
		sbi.Reset(sbi.Shutdown, sbi.NoReason)
		fail(40)
	}
	checkHarts(hart)
	say("done\n")
	semihost.Exit(42)
	fail(41)
}

//go:nosplit
func second(hart, opaque uint64) {
	mmio.Store64(wordAddr(), opaque+hart)
	sbi.HartStop()
	fail(50)
}

//go:nosplit
func checkBase() {
	check(1, sbi.SpecVersion()>>24 >= 1)
	check(2, sbi.ImplID() == 1 && sbi.ImplVersion() != 0)
	check(3, sbi.Probe(sbi.ExtTime) && sbi.Probe(sbi.ExtHSM) && !sbi.Probe(0x0bad0bad))
	err, _ := sbi.Call(0x0bad0bad, 0, 0, 0, 0, 0, 0)
	check(4, err == sbi.ErrNotSupported)
}

//go:nosplit
func checkConsole() {
	sbi.ConsolePutchar('+') // the rest of the text comes the same way
}

//go:nosplit
func checkRegisters() {
	at := wordAddr()
	mmio.Store64(at, 0x8877_6655_4433_2211)
	check(10, mmio.Load64(at) == 0x8877_6655_4433_2211)
	check(11, mmio.Load32(at+4) == 0x8877_6655 && mmio.Load16(at+6) == 0x8877 && mmio.Load8(at+7) == 0x88)
	mmio.Store8(at, 0xff)
	mmio.Store16(at+2, 0xfffe)
	mmio.Store32(at+4, 0xffff_fffd)
	check(12, mmio.Load64(at) == 0xffff_fffd_fffe_22ff)
	check(13, mmio.Load8(lineStat)&0x20 != 0)
	check(14, mmio.Load32(clockLow) != 0 || mmio.Load32(clockLow) != 0)
}

//go:nosplit
func checkTables() {
	const pa = 0x8020_0000
	leaf := sv39.Leaf(pa, layout.R|layout.W, false, true)
	check(20, leaf == pa>>2|0xe7 && sv39.PA(leaf) == pa && sv39.IsLeaf(leaf))
	check(21, sv39.Branch(pa) == pa>>2|1 && sv39.IsBranch(sv39.Branch(pa)))
	check(22, sv39.Index(layout.LinkBase, 2) == 128 && sv39.Satp(pa) == 8<<60|pa>>12)
}

//go:nosplit
func checkInterrupts(hart uint64) {
	check(30, pending()&2 == 0 && sbi.SendIPI(1, hart) == sbi.Success)
	for i := 0; pending()&2 == 0; i++ {
		check(31, i < bound)
	}
	clearSoft()
	check(32, sbi.SendIPI(1, 4000) == sbi.ErrInvalidParam)
	check(33, sbi.SetTimer(0) == sbi.Success)
	for i := 0; pending()&0x20 == 0; i++ {
		check(34, i < bound)
	}
	check(35, sbi.SetTimer(^uint64(0)) == sbi.Success && pending()&0x20 == 0)
	check(36, sbi.RemoteFenceI(0, sbi.AllHarts) == sbi.Success)
	check(37, sbi.RemoteSFenceVMA(1, hart, 0, 0) == sbi.Success)
}

//go:nosplit
func checkHarts(hart uint64) {
	o := uint64(other(hart))
	self, err := sbi.HartStatus(hart)
	check(60, self == sbi.Started && err == sbi.Success)
	_, err = sbi.HartStatus(4000)
	check(61, err == sbi.ErrInvalidParam)
	check(62, sbi.HartStart(hart, secondAddr(), 0) == sbi.ErrAlreadyAvail)
	mmio.Store64(wordAddr(), 0)
	check(63, sbi.HartStart(o, secondAddr(), 0x1234_0000) == sbi.Success)
	for i := 0; mmio.Load64(wordAddr()) != 0x1234_0000+o; i++ {
		check(64, i < bound)
	}
	for i := 0; ; i++ {
		if state, _ := sbi.HartStatus(o); state == sbi.Stopped {
			return
		}
		check(65, i < bound)
	}
}

// other returns a hart that is not this one, or -1.
//
//go:nosplit
func other(hart uint64) int64 {
	for h := uint64(0); h < 2; h++ {
		if _, err := sbi.HartStatus(h); h != hart && err == sbi.Success {
			return int64(h)
		}
	}
	return -1
}

//go:nosplit
func check(n uint32, ok bool) {
	if !ok {
		fail(n)
	}
}

//go:nosplit
func fail(n uint32) {
	for {
		mmio.Store32(finisher, n<<16|0x3333)
	}
}

//go:nosplit
func say(s string) {
	for i := 0; i < len(s); i++ {
		sbi.ConsolePutchar(s[i])
	}
}
