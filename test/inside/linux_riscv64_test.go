package inside

import (
	"crypto/rand"
	"strings"
	"syscall"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel"
	"atoll/kernel/capability"
	"atoll/kernel/dispatch"
	"atoll/kernel/vspace"
	"atoll/user/farfs"
	"atoll/user/linux"
	"atoll/user/memfs"
	"atoll/user/tty"
	"atoll/user/vfs"
)

// surroundings is what a process of a test has around it.
type surroundings struct {
	files  *vfs.Namespace
	loop   *dispatch.Loop
	out    strings.Builder
	status int
}

func (s *surroundings) Output(fd int, b []byte) int  { n, _ := s.out.Write(b); return n }
func (s *surroundings) Terminal() *tty.Terminal      { return nil }
func (s *surroundings) Random(b []byte)              { rand.Read(b) }
func (s *surroundings) Ticks(ns uint64) uint64       { return shim.Ticks(time.Duration(ns)) }
func (s *surroundings) Files() *vfs.Namespace        { return s.files }
func (s *surroundings) Console() (vfs.Stream, error) { return nil, syscall.EACCES }
func (s *surroundings) Volume(string, string, uint64) (*farfs.FS, error) {
	return nil, syscall.ENODEV
}
func (s *surroundings) Off(restart bool) {}
func (s *surroundings) Exit(status int)  { s.status = status; s.loop.Stop() }
func (s *surroundings) Clock() (wall, monotonic uint64) {
	monotonic = uint64(shim.Duration(shim.Now()))
	return shim.Row().WallBase + monotonic, monotonic
}

// TestLinuxProgram runs an unmodified Go program, the machine's initial RAM disk, as a
// process, in 64 MiB of the user pool.
func TestLinuxProgram(t *testing.T) {
	p := thePlan()
	if p.Initrd.Size == 0 {
		t.Fatal("the machine has no initial RAM disk")
	}
	row := shim.Row()
	// Where firmware and the image would be seen, which nobody maps.
	const at = layout.WindowBase
	size := (p.Initrd.Size + 2*layout.PageSize) &^ (layout.PageSize - 1)
	if err := shim.Map(at, p.Initrd.Base&^(layout.PageSize-1), size, layout.R); err != nil {
		t.Fatal(err)
	}
	defer shim.Unmap(at, size)
	program := shim.Bytes(at+p.Initrd.Base%layout.PageSize, p.Initrd.Size)

	pool, mem := p.Cores[row.Core].User, &kernel.Physical{}
	const ram = 64 << 20
	if err := mem.Adopt(pool.Base, ram); err != nil {
		t.Fatal(err)
	}
	db := capability.New(mem, mem, 0x1234567)
	root := func(i uint64) capability.Ref { return capability.Ref(pool.Base + i*capability.SlotSize) }
	mem.Clear(pool.Base, layout.PageSize)
	for i, c := range []capability.Cap{
		{Type: capability.CNode, Rights: capability.AllRights, Base: pool.Base, Size: layout.PageSize},
		{Type: capability.RAM, Rights: capability.AllRights, Base: pool.Base + layout.PageSize, Size: ram - layout.PageSize},
	} {
		if e := db.Plant(root(uint64(i+1)), c); e != capability.OK {
			t.Fatal(e)
		}
	}
	store, err := vspace.NewStore(db, mem, root(2), root(1), 3)
	if err != nil {
		t.Fatal(err)
	}
	space, err := vspace.New(store)
	if err != nil {
		t.Fatal(err)
	}
	fs := memfs.New(1, 1<<20, func() int64 { return 0 })
	if err := fs.Add(memfs.Member{Path: "program", Mode: syscall.S_IFREG | 0o755, Data: program}); err != nil {
		t.Fatal(err)
	}
	files := vfs.NewNamespace(vfs.Mount{Type: "tmpfs", Root: fs.Root()})
	s := &surroundings{files: files, loop: dispatch.New(dispatch.Hart(), dispatch.NewScheduler(shim.Ticks(5*time.Millisecond))), status: -1}
	process, err := linux.Start(s, space, "/program", []string{"program", "one", "two"}, []string{"WHO=atoll"})
	if err != nil {
		t.Fatal(err)
	}
	process.Begin(s.loop, new(dispatch.Group))
	end := time.AfterFunc(patience, s.loop.Stop)
	s.loop.Run()
	end.Stop()
	const want = `arguments: program one two atoll
sum: 319600
recovered: runtime error: invalid memory address or nil pointer dereference
collected: true
slept: true
preempted: true
an error line
`
	if got := s.out.String(); got != want || s.status != 7 {
		t.Errorf("it ended with status %d and has said\n%s", s.status, got)
	}
	used, all := space.Pages()
	t.Logf("%d of %d pages in use at the end; unknown calls: %v", used, all, process.Unknown)
	for done := false; !done; {
		var e capability.Error
		if done, e = db.Revoke(root(2), 1000); e != capability.OK {
			t.Fatal(e)
		}
	}
	if db.Count() != 2 {
		t.Errorf("%d capabilities are left, want 2", db.Count())
	}
	db.Delete(root(2))
	if err := mem.Release(pool.Base, ram); err != nil {
		t.Error(err)
	}
}
