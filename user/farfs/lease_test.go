package farfs

import (
	"math/rand/v2"
	"strings"
	"syscall"
	"testing"

	"atoll/user/vfs"
)

// leaser is a server whose files somebody else may have mapped.
type leaser struct {
	*server
	has    bool // this core
	others bool
}

func (l *leaser) Lease(Ref) error {
	if l.others {
		return syscall.EBUSY
	}
	l.has = true
	return nil
}
func (l *leaser) Unlease(uint64) { l.has = false }

// mapping is pages that are mapped, as vspace has them.
type mapping struct {
	l     vfs.Lease
	pages map[uint64][]byte
}

func (m *mapping) Bytes(n uint64) []byte { return m.pages[n] }
func (m *mapping) Cut(from uint64) {
	for n := range m.pages {
		if n >= from {
			delete(m.pages, n)
		}
	}
}
func (m *mapping) Sync() {
	for n, b := range m.pages {
		m.l.Store(n, b)
	}
}

// at returns the bytes of a page from an offset on, and maps it if it is not.
func (m *mapping) at(off int64) []byte {
	n := uint64(off / pageSize)
	if m.pages[n] == nil {
		m.pages[n] = make([]byte, pageSize)
		m.l.ReadAt(m.pages[n], int64(n*pageSize))
	}
	return m.pages[n][off%pageSize:]
}

// leased is a world with a file of some bytes, leased and mapped.
type leased struct {
	*world
	srv *leaser
	f   *vfs.File
	m   *mapping
}

func newLeased(t *testing.T, content string) *leased {
	w := newWorld(t)
	x := &leased{world: w, srv: &leaser{server: w.s}}
	w.fs.leaser = x.srv
	w.write(t, "f", content)
	err := w.call(func() (err error) { x.f, err = w.Open(w.Root, "/f", syscall.O_RDWR, 0); return err })
	if err != nil {
		t.Fatal(err)
	}
	x.f.Hold()
	return x
}

func (x *leased) lease(t *testing.T) {
	t.Helper()
	x.m = &mapping{pages: map[uint64][]byte{}}
	err := x.call(func() (err error) { x.m.l, err = x.f.Node.(vfs.Leased).Lease(); return err })
	if err != nil || !x.m.l.Map(x.m) {
		t.Fatal(err)
	}
}

// there returns what the server has.
func (x *leased) there() string {
	n, _ := x.s.c.Find(x.s.c.Root, "/f", true)
	d := n.(vfs.Data)
	b := make([]byte, d.Size())
	d.ReadAt(b, 0)
	return string(b)
}

// end gives the lease up, and waits until all is at the server.
func (x *leased) end(t *testing.T) {
	t.Helper()
	x.m.Sync()
	x.m.l.Map(nil)
	over := false
	x.m.l.End(func() { over = true })
	x.call(func() error { _, err := x.fs.root.Refresh(); return err })
	if !over || x.srv.has || x.fs.kept != 0 {
		t.Errorf("at the end: over %v, leased %v, %d bytes are kept", over, x.srv.has, x.fs.kept)
	}
}

// What is stored to a mapped page who reads on this core sees at once, the server when it is flushed, and nothing that it was not told goes
// over what others wrote beside it. What is written on this core the page has.
// Sabotages: in Store, take all of the page; in ReadAt of a file, do not look at pages; in wrote, leave out pages, or data; in End, start nothing;
// in node.Sync, do not flush; in write, do not look how long the file is; in Lease, count nothing.
func TestLease(t *testing.T) {
	x := newLeased(t, strings.Repeat("a", 5000))
	x.lease(t)
	copy(x.m.at(100), "stored")
	copy(x.m.at(4990), "end of it, and more")
	read := func(off int64, n int) string {
		b := make([]byte, n)
		x.call(func() error { _, err := x.f.ReadAt(b, off); return err })
		return string(b)
	}
	if got := read(98, 10); got != "aastoredaa" || strings.Contains(x.there(), "stored") {
		t.Errorf("who reads has %q", got)
	}
	n, _ := x.s.c.Find(x.s.c.Root, "/f", true)
	n.(vfs.Data).WriteAt([]byte("other"), 2000) // another core
	if err := x.call(x.m.l.Flush); err != nil {
		t.Error(err)
	}
	if got := x.there(); got[98:108] != "aastoredaa" || got[2000:2005] != "other" || got[4988:] != "aaend of it," {
		t.Errorf("the server has %q, %q, %q", got[98:108], got[2000:2005], got[4988:])
	}
	copy(x.m.at(200), "sync")
	if err := x.call(func() error { return vfs.Sync(x.f.Node) }); err != nil || x.there()[200:204] != "sync" {
		t.Errorf("%v; the server has %q", err, x.there()[200:204])
	}
	x.call(func() error { _, err := x.f.WriteAt([]byte("written"), 4094); return err })
	if a, b := string(x.m.at(4094)), string(x.m.at(4096)[:6]); a != "wr" || b != "ittena" {
		t.Errorf("the pages have %q and %q", a, b)
	}
	copy(x.m.at(4990), "lost when it is cut")
	n.(vfs.Data).Truncate(4992)
	x.end(t)
	if got := x.there(); len(got) != 4992 || got[4990:] != "lo" || got[4094:4101] != "written" {
		t.Errorf("in the end the server has %d bytes, %q", len(got), got[4990:])
	}
}

// A file that others have nobody gets, one that was mapped grows and shrinks with what is done here, and what is asked for by who is killed is
// given back. Sabotages: in resized, cut nothing, or do not clear; in asks, return nothing to be done; in Lease, read nothing more.
func TestLeaseResized(t *testing.T) {
	x := newLeased(t, "abc")
	x.srv.others = true
	var err error
	if err = x.call(func() error { _, err := x.f.Node.(vfs.Leased).Lease(); return err }); err != syscall.EBUSY || x.fs.kept != 0 {
		t.Errorf("what others have: %v, %d bytes are kept", err, x.fs.kept)
	}
	x.srv.others = false
	for _, answered := range []bool{false, true} {
		c, _ := x.calls.Start(func() {
			if l, err := x.f.Node.(vfs.Leased).Lease(); err == nil { // the answer was there
				l.End(func() {})
			}
		}, func() {})
		until := func() {
			for !c.Ready() {
				(<-x.work)()
			}
		}
		until()
		if c.Resume(); answered { // it has looked how long the file is
			until()
		}
		c.End()
		for range 2 {
			x.call(func() error { _, err := x.fs.root.Refresh(); return err })
		}
		if x.srv.has || x.fs.kept != 0 || x.f.Node.(file).leasing != 0 {
			t.Errorf("of who was killed: leased %v, %d bytes are kept", x.srv.has, x.fs.kept)
		}
	}
	x.lease(t)
	copy(x.m.at(1), "xyz")
	do := func(f func() error) {
		t.Helper()
		if err := x.call(f); err != nil {
			t.Error(err)
		}
	}
	do(func() error { return x.f.Truncate(9000) })
	if got := string(x.m.at(1)[:4]); got != "xy\x00\x00" || x.m.l.Size() != 9000 {
		t.Errorf("when it is longer: %q, %d bytes", got, x.m.l.Size())
	}
	copy(x.m.at(8192), "tail")
	do(func() error { return x.f.Truncate(4000) })
	if x.m.pages[2] != nil || x.m.pages[0] == nil {
		t.Error("what was cut is mapped, or more is cut")
	}
	n, _ := x.s.c.Find(x.s.c.Root, "/f", true)
	n.(vfs.Data).WriteAt([]byte("far"), 5000)
	do(func() error { _, err := x.f.Node.(vfs.Leased).Lease(); return err })
	if got := string(x.m.at(5000)[:3]); got != "far" {
		t.Errorf("what another core has appended is %q", got)
	}
	x.end(t)
}

// What is written here after a file was read to be leased, and before it is, the lease has. A size of which there can be none changes nothing.
// Sabotages: in Lease, do not look what has changed; in WriteAt, count nothing; in Lease, or resized, double before you look.
func TestLeaseLate(t *testing.T) {
	x := newLeased(t, "aaa")
	x.m = &mapping{pages: map[uint64][]byte{}}
	f := x.f.Node.(file)
	c, _ := x.calls.Start(func() { x.m.l, _ = f.Lease() }, func() {})
	until := func() {
		for !c.Ready() {
			(<-x.work)()
		}
	}
	until()
	c.Resume() // it has looked how long the file is
	until()    // it is read
	x.call(func() error { _, err := x.f.WriteAt([]byte("b"), 1); return err })
	for !c.Resume() {
		until()
	}
	if !x.m.l.Map(x.m) || string(x.m.at(0)[:3]) != "aba" {
		t.Errorf("the lease has %q", x.m.at(0)[:3])
	}
	if f.lease.resized(1<<62 + 5); x.fs.kept != 6 {
		t.Errorf("%d bytes are kept", x.fs.kept)
	}
	x.end(t)
	for _, size := range []int64{-5, 1<<62 + 5, 1<<63 - 1} {
		x.s.size = size
		err := x.call(func() error {
			l, err := f.Lease()
			if err == nil {
				l.End(func() {})
			}
			return err
		})
		if (size > 0) != (err == syscall.ENOMEM) || x.fs.kept != 0 {
			t.Errorf("a file of %d bytes: %v; %d are kept", size, err, x.fs.kept)
		}
	}
}

// Whatever is stored, written, cut and flushed, the server has in the end what a file without leases would have.
func TestLeaseModel(t *testing.T) {
	for seed := range uint64(50) {
		r := rand.New(rand.NewPCG(seed, 1))
		x := newLeased(t, strings.Repeat("-", 3000))
		x.lease(t)
		model := []byte(strings.Repeat("-", 3000))
		for range 60 {
			b := []byte(strings.Repeat(string(rune('a'+r.IntN(26))), 1+r.IntN(300)))
			switch off := r.Int64N(9000); r.IntN(5) {
			case 0, 1:
				if off+int64(len(b)) <= int64(len(model)) {
					b = b[:min(len(b), len(x.m.at(off)))]
					if string(x.m.at(off)[:len(b)]) != string(model[off:][:len(b)]) {
						t.Fatalf("seed %d: what is mapped is something else", seed)
					}
					copy(x.m.at(off), b)
					copy(model[off:], b)
				}
			case 2:
				x.call(func() error { _, err := x.f.WriteAt(b, off); return err })
				if end := off + int64(len(b)); end > int64(len(model)) {
					model = append(model, make([]byte, end-int64(len(model)))...)
				}
				copy(model[off:], b)
			case 3:
				x.call(func() error { return x.f.Truncate(off) })
				if off < int64(len(model)) {
					model = model[:off:off]
				} else {
					model = append(model, make([]byte, off-int64(len(model)))...)
				}
			case 4:
				x.call(x.m.l.Flush)
				if x.there() != string(model) {
					t.Fatalf("seed %d: a flush does not bring what was stored", seed)
				}
			}
		}
		if x.end(t); x.there() != string(model) {
			t.Fatalf("seed %d: the server has something else", seed)
		}
	}
}
