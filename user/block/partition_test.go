package block

import (
	"errors"
	"syscall"
	"testing"
)

// memory is a disk.
type memory []byte

func (m memory) Sectors() uint64 { return uint64(len(m)) / Sector }
func (m memory) ReadOnly() bool  { return false }
func (m memory) Flush() error    { return nil }
func (m memory) Close()          {}
func (m memory) Read(s uint64, b []byte) error {
	copy(b, m[s*Sector:])
	return nil
}
func (m memory) Write(s uint64, b []byte) error {
	copy(m[s*Sector:], b)
	return nil
}

// Names of disks and partitions are those of Linux.
// Sabotage: let ParseUint take what begins with 0.
func TestName(t *testing.T) {
	for name, want := range map[string][2]int{"/dev/vda": {0, 0}, "/dev/vdb2": {1, 2}, "/dev/vdz4": {25, 4}} {
		if d, p, ok := Name(name); !ok || [2]int{d, p} != want {
			t.Errorf("%s: %d, %d, %v", name, d, p, ok)
		}
	}
	for _, name := range []string{"", "vda", "/dev/vd", "/dev/vdA", "/dev/vda0", "/dev/vda01", "/dev/vda-1", "/dev/vdaa", "/dev/vda999"} {
		if d, p, ok := Name(name); ok {
			t.Errorf("%s: %d, %d", name, d, p)
		}
	}
}

// A partition is its part of the disk and no more; one that is beyond the disk there is not.
// Sabotage: leave the look at the end out of Partition, or out of check.
func TestPartition(t *testing.T) {
	m := make(memory, 100*Sector)
	m[510], m[511] = 0x55, 0xaa
	entry := func(n int, first, size byte) {
		e := m[tableAt+(n-1)*entrySize:]
		e[entryType], e[entryFirst], e[entryFirst+4] = 12, first, size
	}
	entry(1, 10, 20)
	entry(2, 90, 11)
	p, err := Partition(m, 1)
	if err != nil || p.Sectors() != 20 {
		t.Fatal(err)
	}
	b := make([]byte, Sector)
	b[0] = 7
	if err := p.Write(19, b); err != nil || m[29*Sector] != 7 {
		t.Errorf("the last sector: %v", err)
	}
	clear(b)
	if err := p.Read(19, b); err != nil || b[0] != 7 {
		t.Errorf("the last sector: %v", err)
	}
	for _, s := range []uint64{20, 1 << 63} {
		if p.Write(s, b) == nil || p.Read(s, b) == nil {
			t.Errorf("there is a sector %d", s)
		}
	}
	for _, n := range []int{0, 2, 3, 5} {
		if _, err := Partition(m, n); !errors.Is(err, syscall.ENXIO) {
			t.Errorf("partition %d: %v", n, err)
		}
	}
	m[510] = 0
	if _, err := Partition(m, 1); !errors.Is(err, syscall.ENXIO) {
		t.Errorf("without a table: %v", err)
	}
}
