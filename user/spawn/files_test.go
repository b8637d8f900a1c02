package spawn

import (
	"syscall"
	"testing"

	"atoll/user/vfs"
)

// The facts of the host are files of /mk, which nobody writes or takes away.
// Sabotages: in filesOf, leave out /mk; in newMk, leave out the facts.
func TestFacts(t *testing.T) {
	ns, _, err := newFiles(newHost())
	if err != nil {
		t.Fatal(err)
	}
	c := vfs.NewContext(ns)
	f, err := c.Open(c.Root, "/mk/fact", syscall.O_RDONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	f.Hold()
	defer f.Release()
	b := make([]byte, 100)
	if n, err := f.Read(b); err != nil || string(b[:n]) != "of the host\n" {
		t.Errorf("it says %q, %v", b[:n], err)
	}
	if _, err := c.Open(c.Root, "/mk/fact", syscall.O_RDWR, 0); err != syscall.EACCES {
		t.Errorf("to write it: %v", err)
	}
	if err := c.Unlink(c.Root, "/mk/fact"); err != syscall.EROFS {
		t.Errorf("to take it away: %v", err)
	}
}
