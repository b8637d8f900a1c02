package inside

import (
	"errors"
	"reflect"
	"runtime"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/arch/shim/probe"
)

// sink keeps the compiler from leaving out a load.
var sink byte

func read(va uint64) { sink = *(*byte)(shim.At(va)) }

// write stores to va without changing what is there.
func write(va uint64) { atomic.OrUint32((*uint32)(shim.At(va)), 0) }

// wantFault checks that the access faults at va.
func wantFault(t *testing.T, what string, va uint64, access func(va uint64)) {
	t.Helper()
	if addr, ok := fault(func() { access(va) }); !ok || addr != va {
		t.Errorf("%s %#x: fault %v at %#x, want one there", what, va, ok, addr)
	}
}

func TestNilDereference(t *testing.T) {
	defer func() {
		err, ok := recover().(runtime.Error)
		if !ok || !strings.Contains(err.Error(), "nil pointer dereference") {
			t.Errorf("recovered %v", err)
		}
	}()
	var p *mapping
	p.pages++
	t.Error("a nil pointer was written through")
}

func TestWriteToText(t *testing.T) {
	wantFault(t, "write to the image's header", layout.LinkBase, write)
	wantFault(t, "write to text", layout.LinkBase+layout.PageSize, write)
	wantFault(t, "write to text", shim.Segments().TextEnd-8, write)
}

func TestWriteToReadOnlyData(t *testing.T) {
	s := shim.Segments()
	read(s.ROData)
	wantFault(t, "write to read-only data", s.ROData, write)
	wantFault(t, "write to read-only data", s.RODataEnd-8, write)
	read(layout.PlanBase)
	wantFault(t, "write to the plan", layout.PlanBase, write)
}

// code is a function that returns at once, in data.
var code = [...]uint32{0x00008067, 0x00008067} // ret

func TestExecuteData(t *testing.T) {
	heap := append([]uint32(nil), code[:]...)
	mapped, err := syscall.Mmap(-1, 0, layout.PageSize, syscall.PROT_READ|syscall.PROT_WRITE|syscall.PROT_EXEC, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	copy(mapped, "\x67\x80\x00\x00")
	wantFault(t, "execute data", uint64(reflect.ValueOf(&code).Pointer()), probe.Jump)
	wantFault(t, "execute the heap", uint64(reflect.ValueOf(heap).Pointer()), probe.Jump)
	wantFault(t, "execute memory mapped executable", uint64(reflect.ValueOf(mapped).Pointer()), probe.Jump)
	wantFault(t, "execute read-only data", shim.Segments().ROData, probe.Jump)
	if err := syscall.Munmap(mapped); err != nil {
		t.Error(err)
	}
}

func TestHoles(t *testing.T) {
	row := shim.Row()
	for what, va := range map[string]uint64{
		"the user half":                  0x1000,
		"the physical address of text":   row.Image,
		"the physical address of memory": row.Pool,
		"below the image":                layout.LinkBase - 8,
		"behind the zero memory":         shim.Segments().BSSEnd + layout.MegaPage,
		"the core gigapage":              layout.PlanBase - 8,
		"the device window":              layout.HeapBase - layout.GigaPage - 8,
		"between the windows":            layout.WindowBase - 8,
		"the end of the RAM window":      layout.WindowEnd - 8,
		"the upper half of Sv39":         1<<64 - layout.GigaPage,
		"no Sv39 address":                layout.WindowEnd,
	} {
		wantFault(t, "read of "+what, va, read)
		wantFault(t, "write to "+what, va, write)
	}
}

// TestReservedHeap checks that memory is the runtime's only from the commit to the
// release, and zero when it comes.
func TestReservedHeap(t *testing.T) {
	const size = 1 << 20
	reserved, err := syscall.Mmap(-1, 0, size, syscall.PROT_NONE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		t.Fatal(err)
	}
	at := uint64(reflect.ValueOf(reserved).Pointer())
	wantFault(t, "read of reserved memory", at+size/2, read)
	wantFault(t, "write to reserved memory", at+size-8, write)
	if err := syscall.Munmap(reserved); err != nil {
		t.Fatal(err)
	}
	const readWrite = syscall.PROT_READ | syscall.PROT_WRITE
	for range 2 { // the second time over pages that the first one wrote
		committed, err := syscall.Mmap(-1, 0, size, readWrite, syscall.MAP_ANON|syscall.MAP_PRIVATE)
		if err != nil {
			t.Fatal(err)
		}
		at = uint64(reflect.ValueOf(committed).Pointer())
		for i := range committed {
			if committed[i] != 0 {
				t.Fatalf("byte %d of new memory is %#x", i, committed[i])
			}
			committed[i] = 0xa5
		}
		if err := syscall.Munmap(committed); err != nil {
			t.Fatal(err)
		}
		wantFault(t, "read of released memory", at+size/2, read)
	}
}

// TestBadMmap checks that what the shim cannot map is an error, and that it asks
// for no more than Linux does.
func TestBadMmap(t *testing.T) {
	const readWrite = syscall.PROT_READ | syscall.PROT_WRITE
	if b, err := syscall.Mmap(0, 0, layout.PageSize, readWrite, syscall.MAP_ANON|syscall.MAP_PRIVATE); err != nil {
		t.Errorf("anonymous memory with a descriptor: %v", err)
	} else if err := syscall.Munmap(b); err != nil {
		t.Error(err)
	}
	if _, _, errno := syscall.Syscall6(syscall.SYS_MMAP, 0, ^uintptr(0), readWrite, syscall.MAP_ANON|syscall.MAP_PRIVATE, ^uintptr(0), 0); errno != syscall.EINVAL {
		t.Errorf("mapping a length that wraps: %v, want EINVAL", errno)
	}
	if _, err := syscall.Mmap(3, 0, layout.PageSize, readWrite, syscall.MAP_PRIVATE); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("mapping a file: %v, want EINVAL", err)
	}
	if _, err := syscall.Mmap(-1, 0, layout.HeapEnd-layout.HeapBase+layout.PageSize, readWrite, syscall.MAP_ANON|syscall.MAP_PRIVATE); !errors.Is(err, syscall.ENOMEM) {
		t.Errorf("mapping more than the heap window: %v, want ENOMEM", err)
	}
}

func TestStackGuards(t *testing.T) {
	for _, bottom := range shim.StackBottoms() {
		read(bottom)
		wantFault(t, "read below a stack", bottom-1, read)
		wantFault(t, "write below a stack", bottom-8, write)
	}
}

// TestMap checks mappings by choice, with a page that the instance has anyway.
func TestMap(t *testing.T) {
	const va = layout.DeviceBase + 512<<20
	pa := shim.Row().PlanPA
	if err := shim.Map(va, pa, layout.PageSize, layout.R); err != nil {
		t.Fatal(err)
	}
	if got, want := *(*uint64)(shim.At(va)), thePlan().Magic; got != want {
		t.Errorf("read %#x, want %#x", got, want)
	}
	wantFault(t, "write to a page mapped read-only", va, write)
	for what, err := range map[string]error{
		"mapped twice":    shim.Map(va, pa, layout.PageSize, layout.R),
		"in the heap":     shim.Map(layout.HeapBase, pa, layout.PageSize, layout.R),
		"in the text":     shim.Map(layout.LinkBase, pa, layout.PageSize, layout.R|layout.W),
		"in the core":     shim.Map(layout.CoreArea, pa, layout.PageSize, layout.R|layout.W),
		"behind the end":  shim.Map(layout.WindowEnd, pa, layout.PageSize, layout.R),
		"half a page off": shim.Map(va+layout.PageSize, pa+layout.PageSize/2, layout.PageSize, layout.R),
		"unmapped text":   shim.Unmap(layout.LinkBase, layout.PageSize),
	} {
		if err == nil {
			t.Errorf("%s: no error", what)
		}
	}
	if err := shim.Unmap(va, layout.PageSize); err != nil {
		t.Fatal(err)
	}
	wantFault(t, "read of an unmapped page", va, read)
}
