package shim

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"atoll/arch/layout"
)

// Row returns what this instance was born from.
func Row() layout.Row { return theCore().row }

// DeviceTree returns the physical address of the device tree that the firmware
// handed over; it is known to the planner only.
func DeviceTree() uint64 { return uint64(theCore().dtb) }

// ImageRange returns where the image lies in physical memory, and the scratch
// memory behind it.
func ImageRange() (base, size, scratch uint64) {
	c := theCore()
	return c.row.Image, uint64(pageUp(uintptr(c.info.DataEnd - layout.LinkBase))), layout.Scratch
}

// BornEntry returns the physical address at which a hart is started with the
// physical address of a layout.Start as the opaque value.
func BornEntry() uint64 { return uint64(theCore().physical(bornAddr())) }

// Incarnation returns the number of this life of the core, from 1; 0 in the planner.
func Incarnation() uint32 { return uint32(theCore().incarnation) }

// Starter returns the core that started this life; 0 for the first.
func Starter() int { return int(theCore().starter) }

// Now returns the time CSR, in ticks of the timebase.
//
//go:nosplit
func Now() uint64 { return readTime() }

// Born returns the time CSR when this instance's early code began.
func Born() uint64 { return theCore().entry }

// Become ends this instance and is born as that of the layout.Start at a physical
// address, on this hart. It does not return.
func Become(start uint64) {
	call(callBecome, uintptr(start), uintptr(theCore().row.Hart), 0, 0)
}

// mapStep bounds the time with interrupts off, in bytes.
const mapStep = 16 * layout.PageSize

// Map maps size bytes at va, in the device window or the RAM window, to physical
// address pa. It maps all of them or, with an error, none.
func Map(va, pa, size uint64, perm layout.Perm) error {
	for off := uint64(0); off < size; off += mapStep {
		n := min(mapStep, size-off)
		if e := call(callMap, uintptr(va+off), uintptr(pa+off), uintptr(n), uintptr(perm)); e != 0 {
			if off > 0 {
				Unmap(va, off) // mapped by this call: that cannot fail
			}
			return fmt.Errorf("map %#x to %#x: %w", va+off, pa+off, mapErrors(-e))
		}
	}
	return nil
}

// Unmap takes size bytes at va out of the address space.
func Unmap(va, size uint64) error {
	for off := uint64(0); off < size; off += mapStep {
		n := min(mapStep, size-off)
		if e := call(callUnmap, uintptr(va+off), uintptr(n), 0, 0); e != 0 {
			return fmt.Errorf("unmap %#x: %w", va+off, mapErrors(-e))
		}
	}
	return nil
}

func mapErrors(e uintptr) error {
	switch e {
	case enomem:
		return errors.New("no page left for a table")
	case eexist:
		return errors.New("something is mapped there")
	}
	return errors.New("not in a window for mappings")
}

// At returns a pointer to a virtual address outside the Go heap: a device, the
// plan, a channel frame.
//
//go:nosplit
func At(va uint64) unsafe.Pointer { return ptr(uintptr(va)) }

// Bytes returns n bytes of memory at a virtual address outside the Go heap.
func Bytes(va, n uint64) []byte { return unsafe.Slice((*byte)(At(va)), n) }

// Leaves calls visit for each run of mapped pages, in order of virtual address.
// Runs are as the tables stand when they are read, which is not all at once.
func Leaves(visit func(va, pa, pages uint64, perm layout.Perm)) {
	var o leafInfo
	for va := uintptr(layout.LinkBase); ; {
		switch r := call(callNextLeaf, va, uintptr(unsafe.Pointer(&o)), 0, 0); r {
		case 0:
			va = o.va
		case 1:
			visit(uint64(o.va), uint64(o.pa), uint64(o.pages), o.perm)
			va = o.va + o.pages*layout.PageSize
		default:
			return
		}
	}
}

// PeekOutput copies the beginning of what the instance has written to its standard
// output and error, and that nobody has dropped, into b and returns its length.
func PeekOutput(b []byte) int {
	if len(b) == 0 {
		return 0
	}
	return int(call(callPeekOutput, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0))
}

// DropOutput takes n bytes of the output away: they are on their way.
func DropOutput(n int) { call(callDropOutput, uintptr(n), 0, 0, 0) }

// WriteThrough sends what the instance writes to the firmware's console from now
// on: for an instance that has no event loop.
func WriteThrough() { theCore().out.ring = 0 }

// WriteFirmware writes to the firmware's console, which may take as long as the UART
// does, with interrupts off: not many bytes at once.
func WriteFirmware(b []byte) {
	if len(b) > 0 {
		call(callWriteFirmware, uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), 0, 0)
	}
}

// ReadFirmware returns the next byte typed at the firmware's console, or false if there
// is none.
func ReadFirmware() (byte, bool) {
	c := call(callReadFirmware, 0, 0, 0, 0)
	return byte(c), c != noInput
}

// DebugConsole reports whether the firmware's console is its debug console (DBCN); else
// it is that of the legacy calls.
func DebugConsole() bool { return theCore().firmware.Debug() }

// SetFinisher says where this instance maps the machine's test finisher: if it is
// the last to die, the outside of an emulator sees that in the exit status.
func SetFinisher(va uint64) { theCore().finisher = uintptr(va) }

// LendFinisher says where the machine's test finisher is, and where to map it: the last
// instance to live does that at its end, although the finisher was not its own.
func LendFinisher(va, pa uint64) {
	c := theCore()
	c.lentVA, c.lentPA = uintptr(va), uintptr(pa)
}

// EnableExternal lets external interrupts in again after EventExternal.
func EnableExternal() { enable(externalInterrupt) }

//go:linkname entersyscallblock runtime.entersyscallblock
func entersyscallblock()

//go:linkname exitsyscall runtime.exitsyscall
func exitsyscall()

// WaitEvent waits until an event comes in, or until the time CSR reaches until
// (0 = no bound), and returns what has come in. One goroutine of an instance may
// call it: the event loop. While it waits its P serves other goroutines; when it
// wakes it takes the idle P and runs at once, ahead of what else the hart does. If there is none
// it waits for one in Go's queue, and LoopWaits reports that.
//
//go:nosplit
func WaitEvent(until uint64) Event {
	entersyscallblock()
	e := call(callWaitEvent, uintptr(until), 0, 0, 0)
	theCore().sched.wants = 1
	exitsyscall()
	theCore().sched.wants = 0
	return Event(e)
}

// LoopWaits reports whether the event loop has something to do and waits for a P. A goroutine that keeps
// one gives it up then: Go's runtime would take it away after 10 ms, and let all who wait in its
// queue have as much each.
func LoopWaits() bool { return theCore().sched.wants != 0 }

// Post makes WaitEvent return EventLocal: other goroutines have work for the
// event loop.
func Post() { call(callPost, 0, 0, 0, 0) }

// WaitKick waits until Kick, which may have been before, or until the time CSR reaches
// until (0 = no bound). One goroutine of an instance may call it: the CPU driver's loop.
// Its P is as that of WaitEvent.
//
//go:nosplit
func WaitKick(until uint64) {
	entersyscallblock()
	call(callWaitKick, uintptr(until), 0, 0, 0)
	exitsyscall()
}

// Kick ends the WaitKick under way, or else the next one. For any goroutine.
func Kick() { call(callKick, 0, 0, 0, 0) }

// Hurry makes the hart execute WFI at once when it next has nothing to do, without
// looking for interrupts for a moment.
func Hurry() { theCore().sched.hurry = 1 }

// Peer is what the shim has to know of another instance, to answer its questions and
// to see whether it ends at the same time as this one. Its addresses must stay mapped.
type Peer struct {
	Ask    *uint64 // its question, which it alone writes
	Answer *uint64 // our answer, which we alone write, and in which we mark our end
	Life   *uint64 // a word of its with its incarnation in the high half
	Mark   *uint64 // its answer to our questions, in which it marks its end
	Hart   uint64
	Lower  bool   // its core number is lower than ours
	All    uint64 // other instances that there are, watched or not
}

// Watch lets a peer ask, by a word in the pair frame and an interrupt, whether
// this hart still takes interrupts, and end this instance.
func Watch(p *Peer) error {
	if e := call(callWatch, uintptr(unsafe.Pointer(p)), 0, 0, 0); e != 0 {
		return errors.New("too many peers watch this core")
	}
	return nil
}

// Woken returns the time CSR when the last event was recorded.
func Woken() uint64 { return theCore().sched.woken }

// Die ends the instance at once, for the given cause.
func Die(cause layout.Cause) { call(callDie, uintptr(cause), 0, 0, 0) }

// Freeze makes the hart spin with interrupts off, for ever: what no other core can
// end, for tests.
func Freeze() { call(callFreeze, 0, 0, 0, 0) }

// SetAlone says that no other instance lives: the last words then go to the
// firmware's console, for nobody is left to print the crash page.
func SetAlone(alone bool) {
	word := uintptr(0)
	if alone {
		word = 1
	}
	theCore().alone = word // in one store: a trap may come at any time
}

// Stats is what the shim counts.
type Stats struct {
	PagesTotal, PagesUsed, PagesMost uint64 // of the kernel reserve
	TablePages                       uint64
	Threads                          uint64
	Switches, Traps, Signals         uint64
	Doorbells                        uint64
	Idle                             time.Duration
}

// ReadStats returns the counters.
func ReadStats() Stats {
	c := theCore()
	s, p := &c.sched, &c.mem.pool
	return Stats{
		PagesTotal: uint64(p.total), PagesUsed: uint64(p.used), PagesMost: uint64(p.most),
		TablePages: uint64(c.mem.pages),
		Threads:    uint64(s.nthreads),
		Switches:   s.switches, Traps: s.traps, Signals: s.signals, Doorbells: s.doorbells,
		Idle: c.duration(s.idle),
	}
}

// duration converts ticks.
func (c *core) duration(ticks uint64) time.Duration {
	hz := c.row.Timebase
	return time.Duration(ticks/hz*1e9 + ticks%hz*1e9/hz)
}

// Duration converts ticks of the time CSR.
func Duration(ticks uint64) time.Duration { return theCore().duration(ticks) }

// Ticks converts a span to ticks of the time CSR.
func Ticks(d time.Duration) uint64 {
	hz := theCore().row.Timebase
	return uint64(d)/1e9*hz + uint64(d)%1e9*hz/1e9
}

// Segments returns the link addresses of the image's segments.
func Segments() layout.ImageInfo { return theCore().info }

// StackBottoms returns the lowest address of each stack that the shim made: its
// own, those for faults inside it, and the first thread's. The page below is a
// guard.
func StackBottoms() [4]uint64 {
	const area = layout.CoreArea
	return [4]uint64{area + shimTop - shimStack, area + nestedTop - nestedStack, area + fatalTop - nestedStack, area + stackTop - stackBytes}
}

// DataStart returns the link address where the private data begin; text and
// read-only data lie below it.
func DataStart() uint64 { return theCore().info.Data }
