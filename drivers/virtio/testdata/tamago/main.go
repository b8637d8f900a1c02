// Command main drives tamago's virtqueue as a script on standard input says, and prints
// what comes of each line. The test next to it builds it beside a copy of tamago's files.
//
//	use ID N TEXT   the device gives a buffer back, with N bytes of TEXT in it
//	pop             the driver takes one, and makes its buffer available again
package main

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"os"
	"unsafe"

	"differential/dma"
	"differential/virtio"
)

const (
	size   = 8
	length = 64
)

func main() {
	memory := make([]byte, 1<<20)
	start := (uint(uintptr(unsafe.Pointer(&memory[0]))) + 4095) &^ 4095
	dma.Init(start, 1<<19)
	q := &virtio.VirtualQueue{}
	q.Init(size, length, virtio.Write)
	desc, driver, device := q.Address()
	at := func(addr uint) []byte { return memory[addr-uint(uintptr(unsafe.Pointer(&memory[0]))):] }
	buffers := binary.LittleEndian.Uint64(at(desc))
	used := uint16(0)
	show := func() {
		for i := range size {
			e := at(desc + uint(16*i))
			fmt.Printf("%d:%d,%d ", binary.LittleEndian.Uint64(e)-buffers, binary.LittleEndian.Uint32(e[8:]), binary.LittleEndian.Uint16(e[12:]))
		}
		fmt.Printf("%x\n", at(driver)[:4+2*size])
	}
	show()
	for in := bufio.NewScanner(os.Stdin); in.Scan(); {
		var id, n uint32
		var text string
		if _, err := fmt.Sscanf(in.Text(), "use %d %d %s", &id, &n, &text); err == nil {
			copy(at(uint(binary.LittleEndian.Uint64(at(desc+uint(16*id))))), text)
			e := at(device + 4 + uint(8*(used%size)))
			binary.LittleEndian.PutUint32(e, id)
			binary.LittleEndian.PutUint32(e[4:], n)
			used++
			binary.LittleEndian.PutUint16(at(device+2), used)
			continue
		}
		var into [length]byte
		got, err := q.Pop(into[:])
		fmt.Printf("%q %v ", into[:got], err)
		show()
	}
}
