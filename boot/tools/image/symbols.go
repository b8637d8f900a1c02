package main

import (
	"bytes"
	"cmp"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// symbols returns the functions and data of the ELF file, sorted by address.
func symbols(f *elf.File) ([]elf.Symbol, error) {
	all, err := f.Symbols()
	if err != nil {
		return nil, err
	}
	syms := slices.DeleteFunc(all, func(s elf.Symbol) bool {
		t := elf.ST_TYPE(s.Info)
		return s.Section == elf.SHN_UNDEF || t == elf.STT_FILE || t == elf.STT_SECTION || s.Name == ""
	})
	slices.SortStableFunc(syms, func(a, b elf.Symbol) int {
		return cmp.Or(cmp.Compare(a.Value, b.Value), strings.Compare(a.Name, b.Name))
	})
	return syms, nil
}

// formatSymbols writes one `address kind name` a line; kind is T or D.
func formatSymbols(syms []elf.Symbol) []byte {
	var b bytes.Buffer
	for _, s := range syms {
		kind := 'D'
		if elf.ST_TYPE(s.Info) == elf.STT_FUNC {
			kind = 'T'
		}
		fmt.Fprintf(&b, "%016x %c %s\n", s.Value, kind, s.Name)
	}
	return b.Bytes()
}

// checkEcalls refuses an ECALL instruction in a function outside package arch.
func checkEcalls(f *elf.File, syms []elf.Symbol) error {
	const opECALL = 0x73
	text := f.Section(".text")
	if text == nil {
		return nil
	}
	code, err := text.Data()
	if err != nil {
		return err
	}
	for _, s := range syms {
		off := s.Value - text.Addr
		if elf.ST_TYPE(s.Info) != elf.STT_FUNC || mayTrap(s.Name) ||
			off > uint64(len(code)) || s.Size > uint64(len(code))-off {
			continue
		}
		// Instructions may be compressed, so they begin at any even address. No
		// other pair of halfwords reads like this: all zeros is not an instruction.
		for i := off; i+4 <= off+s.Size; i += 2 {
			if binary.LittleEndian.Uint32(code[i:]) == opECALL {
				return fmt.Errorf("%s holds an ECALL at %#x that the overlay missed", s.Name, text.Addr+i)
			}
		}
	}
	return nil
}

// mayTrap reports whether the function is one of package arch's: by its path, or,
// for those that the runtime or the linker calls by a bare name, by its prefix.
func mayTrap(name string) bool {
	return strings.HasPrefix(name, "atoll/arch/") ||
		strings.HasPrefix(name, "atoll") && !strings.ContainsAny(name, "./")
}
