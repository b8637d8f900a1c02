package linux

import (
	"bytes"

	"atoll/arch/layout"
	"atoll/kernel/vspace"
)

// The vDSO: a page that every process maps, to read and to execute, with the function
// __vdso_clock_gettime of version LINUX_4.15 (Linux, vdso(7)). It computes from the time CSR, which
// U-mode may read, what clock_gettime answers, to the nanosecond; for other clocks it makes the
// call. It is an ELF file, as the C library and the Go runtime look for it: by its program headers,
// a dynamic section, a table of symbols with their hashes and versions.

// vdsoAt is where it is in a process, near the end of user space.
const vdsoAt = layout.UserEnd - 24*layout.PageSize

// Names in its table of strings.
const (
	vdsoFunction = "__vdso_clock_gettime"
	vdsoVersion  = "LINUX_4.15"
	vdsoName     = "linux-vdso.so.1"
)

// Where its parts are in the page.
const (
	vdsoSegments = elfHeaderSize
	vdsoSymbols  = vdsoSegments + 2*phentSize
	vdsoHash     = vdsoSymbols + 2*24
	vdsoVersions = vdsoHash + 5*4
	vdsoDefined  = vdsoVersions + 2*2
	vdsoDynamic  = vdsoDefined + 2*28
	vdsoStrings  = vdsoDynamic + 10*16
	vdsoNumbers  = vdsoStrings + 56
	vdsoCode     = vdsoNumbers + 3*8
)

// mapVDSO maps it.
func (m *memory) mapVDSO(env Env) error {
	wall, now := env.Clock()
	b := vdso(env.Ticks(1e9), wall-now)
	return m.space.SetContents(vdsoAt, layout.PageSize, layout.R|layout.X, &vspace.Contents{From: bytes.NewReader(b), Size: uint64(len(b))}, 0)
}

// vdso makes the page, for a time CSR of hz and a clock that has shown some nanoseconds since 1970
// when that was 0.
func vdso(hz, boot uint64) []byte {
	b := le.AppendUint64([]byte("\x7fELF\x02\x01\x01"), 0)[:15]
	put16 := func(list ...uint16) {
		for _, v := range list {
			b = le.AppendUint16(b, v)
		}
	}
	put32 := func(list ...uint32) {
		for _, v := range list {
			b = le.AppendUint32(b, v)
		}
	}
	put64 := func(list ...uint64) {
		for _, v := range list {
			b = le.AppendUint64(b, v)
		}
	}
	strings := "\x00" + vdsoFunction + "\x00" + vdsoVersion + "\x00" + vdsoName + "\x00"
	const function, version, name = 1, 2 + len(vdsoFunction), 3 + len(vdsoFunction) + len(vdsoVersion)
	code := vdsoText()
	end := uint64(vdsoCode + 4*len(code))

	b = append(b, 0)
	put16(elfDyn, elfRISCV)
	put32(1)
	put64(vdsoCode, vdsoSegments, 0)
	put32(0)
	put16(elfHeaderSize, phentSize, 2, 0, 0, 0)
	put32(ptLoad, pfRead|pfExec)
	put64(0, 0, 0, end, end, layout.PageSize)
	put32(ptDynamic, pfRead)
	put64(vdsoDynamic, vdsoDynamic, vdsoDynamic, vdsoStrings-vdsoDynamic, vdsoStrings-vdsoDynamic, 8)

	const globalFunction = 1<<4 | 2
	put64(0, 0, 0)
	put32(function, globalFunction|1<<16) // in section 1, which is none, but not undefined
	put64(vdsoCode, end-vdsoCode)
	put32(1, 2, 1, 0, 0) // a bucket, two symbols: the first is none, the second in the bucket
	put16(0, 2)          // the version of each
	const base = 1
	put16(1, base, 1, 1)
	put32(elfHash(vdsoName), 20, 28, uint32(name), 0)
	put16(1, 0, 2, 1)
	put32(elfHash(vdsoVersion), 20, 0, uint32(version), 0)
	const hash, strtab, symtab, strsz, syment, soname = 4, 5, 6, 10, 11, 14
	const versym, verdef, verdefnum = 0x6fff_fff0, 0x6fff_fffc, 0x6fff_fffd
	put64(soname, uint64(name), hash, vdsoHash, strtab, vdsoStrings, symtab, vdsoSymbols, strsz, uint64(len(strings)), syment, 24,
		versym, vdsoVersions, verdef, vdsoDefined, verdefnum, 2, 0, 0)
	b = append(b, strings...)
	b = append(b, make([]byte, vdsoNumbers-len(b))...)
	put64(hz, boot/1e9, boot%1e9)
	put32(code...)
	return b
}

// elfHash is the hash of a name (System V ABI, chapter 5).
func elfHash(name string) (h uint32) {
	for _, c := range []byte(name) {
		h = h<<4 + uint32(c)
		h = (h ^ h>>24&0xf0) & 0x0fff_ffff
	}
	return h
}
