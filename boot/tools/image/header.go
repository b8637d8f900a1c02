package main

import (
	"encoding/binary"
	"fmt"

	"atoll/arch/layout"
)

// headerSize is the length of the RISC-V image header in bytes.
const headerSize = 64

// header returns the image header of a file of size bytes, whose entry is the link
// address entry.
func header(entry, size uint64) ([headerSize]byte, error) {
	var h [headerSize]byte
	if entry < layout.LinkBase+headerSize || entry >= layout.LinkBase+size {
		return h, fmt.Errorf("entry %#x lies outside the image", entry)
	}
	auipc, jalr := jump(uint32(entry - layout.LinkBase))
	le := binary.LittleEndian
	le.PutUint32(h[0:], auipc)                // code0
	le.PutUint32(h[4:], jalr)                 // code1
	le.PutUint64(h[8:], layout.MegaPage)      // text_offset: above the firmware
	le.PutUint64(h[16:], size+layout.Scratch) // image_size
	le.PutUint64(h[24:], 0)                   // flags: little-endian kernel
	le.PutUint32(h[32:], 2)                   // version 0.2
	copy(h[48:], "RISCV\x00\x00\x00")         // magic
	copy(h[56:], "RSC\x05")                   // magic2
	return h, nil
}

// jump encodes `auipc t0, hi; jalr zero, lo(t0)`, which at address x jumps to x +
// distance (RISC-V ISA volume I, section 2.5). distance is below 2^31 - 2^11.
func jump(distance uint32) (auipc, jalr uint32) {
	const t0, opAUIPC, opJALR = 5, 0x17, 0x67
	hi := (distance + 0x800) &^ 0xfff // jalr's immediate is signed
	lo := distance - hi
	return hi | t0<<7 | opAUIPC, lo<<20 | t0<<15 | opJALR
}
