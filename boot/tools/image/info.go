package main

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"

	"atoll/arch/layout"
)

// info returns the record that tells the early code where the segments lie. The
// kernel has three: text, read-only data, and data with bss.
func info(progs []*elf.Prog) ([]byte, error) {
	in := layout.ImageInfo{Magic: layout.InfoMagic}
	for _, p := range progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		end := p.Vaddr + p.Filesz
		switch p.Flags & (elf.PF_R | elf.PF_W | elf.PF_X) {
		case elf.PF_R | elf.PF_X:
			in.TextEnd = end
		case elf.PF_R:
			in.ROData, in.RODataEnd = p.Vaddr, end
		case elf.PF_R | elf.PF_W:
			in.Data, in.DataEnd, in.BSSEnd = p.Vaddr, end, p.Vaddr+p.Memsz
		}
	}
	if in.TextEnd == 0 || in.RODataEnd == 0 || in.DataEnd == 0 {
		return nil, errors.New("the image needs a text, a read-only and a data segment, in this order")
	}
	var b bytes.Buffer
	if err := binary.Write(&b, binary.LittleEndian, in); err != nil {
		return nil, err
	}
	return b.Bytes(), nil
}
