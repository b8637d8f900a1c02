package sv39

import "fmt"

// maxTables bounds a walk: so many tables map 128 GiB in 4 KiB pages, and a
// table that names itself over and over ends here.
const maxTables = 1 << 16

// EntryError is a valid entry that the specification reserves.
type EntryError struct {
	VA     uint64 // first address that the entry translates
	Level  int
	PTE    uint64
	Reason string
}

func (e *EntryError) Error() string {
	return fmt.Sprintf("sv39: entry %#x of level %d for %#x: %s", e.PTE, e.Level, e.VA, e.Reason)
}

// Walk visits every leaf below the table at physical address root, in the order
// of Index, with the virtual address in its canonical (sign-extended) form. read
// returns the entry at a physical address. Walk stops at the first malformed
// entry (*EntryError), or when the tables have no end. G of a branch also holds
// for what lies below it (section 10.3.1); visit sees the leaf alone.
func Walk(read func(pa uint64) uint64, root uint64, visit func(va, pa, size, pte uint64)) error {
	w := walker{read: read, visit: visit}
	return w.table(root, 0, Levels-1)
}

type walker struct {
	read   func(pa uint64) uint64
	visit  func(va, pa, size, pte uint64)
	tables int
}

func (w *walker) table(pa, base uint64, level int) error {
	if w.tables++; w.tables > maxTables {
		return fmt.Errorf("sv39: more than %d tables below one root", maxTables)
	}
	for i := range uint64(Entries) {
		pte := w.read(pa + i*EntrySize)
		if pte&V == 0 {
			continue
		}
		va := canonical(base + i*Size(level))
		if reason := malformed(pte, level); reason != "" {
			return &EntryError{va, level, pte, reason}
		}
		if IsLeaf(pte) {
			w.visit(va, PA(pte), Size(level), pte)
		} else if err := w.table(PA(pte), va, level-1); err != nil {
			return err
		}
	}
	return nil
}

// canonical copies bit 38 into the bits above it (section 10.4.1).
func canonical(va uint64) uint64 { return uint64(int64(va<<25) >> 25) }

// malformed returns why a valid entry of the level is not allowed, "" if it is
// (sections 10.3.1, 10.3.2 and 10.4.1). We use neither Svnapot nor Svpbmt, so
// their bits count as reserved.
func malformed(pte uint64, level int) string {
	switch {
	case pte&highBits != 0:
		return "reserved bits 54-63 are set"
	case pte&(R|W) == W:
		return "writable but not readable"
	case IsLeaf(pte) && PA(pte)&(Size(level)-1) != 0:
		return "misaligned superpage"
	case IsBranch(pte) && level == 0:
		return "branch at the last level"
	case IsBranch(pte) && pte&(U|A|D) != 0:
		return "branch with U, A or D set"
	}
	return ""
}
