package spawn

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"runtime/debug"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/u-root/u-root/pkg/cpio"

	"atoll/arch/layout"
	"atoll/arch/shim"
	"atoll/kernel"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/kernel/capability/memtest"
	"atoll/kernel/dispatch"
	"atoll/kernel/domain"
	"atoll/monitor/parcel"
	"atoll/monitor/spans"
	"atoll/user/block"
	"atoll/user/ninep"
)

// host is an instance for tests, with a hart that makes system calls as its programs'
// names say.
type host struct {
	mem  memory
	pool Pool
	kick chan struct{}

	mu   sync.Mutex
	said strings.Builder
	hold chan struct{} // if not nil, Say waits for it
	step map[*shim.User]int
	at   map[*shim.User]uint64
	stop uint32
}

const hostPages = 8192

func newHost() *host {
	const size = hostPages * layout.PageSize
	return &host{
		mem: memory{memtest.New(hostPages)}, pool: Pool{kernel.NewFrames(memtest.Base, size), memtest.Base, size},
		kick: make(chan struct{}, 1), step: map[*shim.User]int{}, at: map[*shim.User]uint64{},
	}
}

func (h *host) Core() int                                        { return 3 }
func (h *host) Pool() (Pool, error)                              { return h.pool, nil }
func (h *host) Machine() dispatch.Machine                        { return h }
func (h *host) Channels() domain.Channels                        { return nil }
func (h *host) Remote(*domain.Core) domain.Remote                { return nil }
func (h *host) Sources() domain.Sources                          { return nil }
func (h *host) Spans(*domain.Core, spans.Port) spans.Carrier     { return nil }
func (h *host) Programs() domain.Programs                        { return nil }
func (h *host) Parcels(func(func()), parcel.Port) parcel.Carrier { return nil }
func (h *host) Memory() Memory                                   { return h.mem }
func (h *host) Share() func() (ninep.Transport, error)           { return nil }
func (h *host) Volume(int) (block.Disk, error)                   { return nil, errors.New("there is none") }
func (h *host) Facts() []Fact                                    { return []Fact{{"fact", func() string { return "of the host\n" }}} }
func (h *host) Random(b []byte)                                  { clear(b) }
func (h *host) Clock() (uint64, uint64)                          { return 0, h.Now() }
func (h *host) Ticks(ns uint64) uint64                           { return ns }
func (h *host) Nanoseconds(t uint64) uint64                      { return t }
func (h *host) Archive() ([]byte, uint64, error) {
	return archiveOf("hello", "loud", "sleeper"), h.mem.End(), nil // where no memory is
}

func (h *host) Say(lines []byte) {
	if h.hold != nil {
		<-h.hold
	}
	h.mu.Lock()
	defer h.mu.Unlock()
	h.said.Write(lines)
}

func (h *host) text() string {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.said.String()
}

// What programs are: one segment, with a text in it.
const (
	segment = 0x1_0000
	header  = 64 + 56
	text    = "a line\n"
)

// archiveOf makes programs whose first instruction lies at an address that tells which it is.
func archiveOf(names ...string) []byte {
	var b bytes.Buffer
	w := cpio.Newc.Writer(&b)
	for i, n := range names {
		e := append([]byte("\x7fELF\x02\x01\x01"), make([]byte, 9)...)
		le := binary.LittleEndian
		for _, v := range []uint16{2, 243} { // executable, RISC-V
			e = le.AppendUint16(e, v)
		}
		e = le.AppendUint32(e, 1)
		for _, v := range []uint64{segment + uint64(i)*4, 64, 0} { // entry, program headers, sections
			e = le.AppendUint64(e, v)
		}
		e = le.AppendUint32(e, 0)
		for _, v := range []uint16{64, 56, 1, 64, 0, 0} {
			e = le.AppendUint16(e, v)
		}
		e = le.AppendUint32(le.AppendUint32(e, 1), 5) // to load, readable and executable
		size := uint64(header + len(text))
		for _, v := range []uint64{0, segment, segment, size, size, layout.PageSize} {
			e = le.AppendUint64(e, v)
		}
		w.WriteRecord(cpio.StaticFile(n, string(e)+text, 0o755))
	}
	cpio.WriteTrailer(w)
	return b.Bytes()
}

// Run makes the next system call of a program.
func (h *host) Run(u *shim.User, until uint64, serve func() *shim.User) {
	for ; u != nil; u = serve() {
		h.once(u)
	}
}

func (h *host) Stop() *uint32 { return &h.stop }

func (h *host) once(u *shim.User) {
	call := func(n uint64, a ...uint64) {
		u.Cause = shim.CauseUserCall
		u.X[17] = n
		copy(u.X[10:], a)
	}
	const nrWrite, nrExit, nrNanosleep = 64, 94, 101
	switch {
	case h.step[u] == 0:
		h.step[u] = int(u.PC-segment)/4<<32 + 1
	case h.at[u] != u.PC: // else it makes the call again
		h.step[u]++
	}
	h.at[u] = u.PC
	which, n := h.step[u]>>32, h.step[u]&(1<<32-1)
	switch {
	case which == 0 && n == 1: // hello says a line and half of one, and ends
		call(nrWrite, 1, segment+header, 7)
	case which == 0 && n == 2:
		call(nrWrite, 2, segment+header, 3)
	case which == 1 && n <= loudLines: // loud says many lines
		call(nrWrite, 1, segment+header, 7)
	case which == 2:
		u.PC = segment // the stack is no time to sleep for
		u.Cause = shim.CauseInterrupt
		time.Sleep(100 * time.Microsecond)
	default:
		call(nrExit, 5)
		delete(h.step, u)
	}
}

const loudLines = 20_000

func (h *host) GiveWay()     {}
func (h *host) Leave(uint64) {}
func (h *host) Now() uint64  { return uint64(time.Now().UnixNano()) }
func (h *host) Wait(until uint64) {
	select {
	case <-h.kick:
	case <-time.After(time.Duration(min(until-h.Now(), 1e9))):
	}
}
func (h *host) Kick() {
	select {
	case h.kick <- struct{}{}:
	default:
	}
}

// memory is the memory of the host as the CPU driver sees it.
type memory struct{ *memtest.Memory }

func (m memory) Origin() (*capability.Slot, capability.Ref) {
	return memtest.At[capability.Slot](m.Memory, memtest.Origin), memtest.Origin
}
func (memory) Reaches(base, size uint64) bool {
	return base >= memtest.Base && size <= hostPages*layout.PageSize
}
func (memory) Create(capability.Cap)             {}
func (memory) Destroy(capability.Cap)            {}
func (memory) Settle(capability.Cap) (more bool) { return false }
func (memory) Reclaim(capability.Cap)            {}
func (memory) Adopt(base, size uint64) error     { return nil }
func (memory) Release(base, size uint64) error   { return nil }

// ran starts a program and waits for its end.
func ran(t *testing.T, c *Core, args ...string) int {
	t.Helper()
	done := make(chan int, 1)
	if _, err := c.Start(Program{Args: args, Ended: func(_ uint64, status int) { done <- status }}); err != nil {
		t.Fatal(err)
	}
	return await(t, done)
}

func await(t *testing.T, done chan int) int {
	t.Helper()
	select {
	case status := <-done:
		return status
	case <-time.After(30 * time.Second):
		t.Fatal("the program did not end")
		return 0
	}
}

// Programs run, one after the other and several at once, and leave nothing behind. One
// that is killed does not, either. Sabotages: in Exit, do not end the domain; in over, do not
// return the slots.
func TestRuns(t *testing.T) {
	h := newHost()
	c := New(h)
	if free, _, _ := c.Left(); free != 0 || len(c.List()) != 0 {
		t.Error("something is there before the first program")
	}
	if status := ran(t, c, "hello"); status != 5 {
		t.Errorf("status %d", status)
	}
	free, _, count := c.Left()
	frames := h.pool.Free()
	for range 200 {
		ran(t, c, "hello", "again")
	}
	done := make(chan int, 2)
	var pids []uint64
	for range 2 {
		pid, err := c.Start(Program{Args: []string{"sleeper"}, Memory: 5 << 20, Ended: func(_ uint64, status int) { done <- status }})
		if err != nil {
			t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	if list := c.List(); len(list) != 2 || list[0].PID != pids[0] || list[0].Name != "sleeper" || list[0].Threads != 1 || list[0].Most < 5<<20>>12 {
		t.Errorf("%+v run, want %v", list, pids)
	}
	if _, err := c.Start(Program{Args: []string{"hello"}, Memory: 1 << 30}); err == nil || !strings.Contains(err.Error(), "not enough memory") {
		t.Error(err)
	}
	for _, pid := range pids {
		if !c.Kill(pid) {
			t.Errorf("there is no program %d", pid)
		}
		if status := await(t, done); status != 128+9 {
			t.Errorf("status %d", status)
		}
	}
	if c.Kill(pids[0]) {
		t.Error("a program is killed twice")
	}
	if free2, _, count2 := c.Left(); free2 != free || count2 != count || h.pool.Free() != frames || len(c.List()) != 0 {
		t.Errorf("%d bytes are free and %d capabilities there, they were %d and %d; %d frames, they were %d", free2, count2, free, count, h.pool.Free(), frames)
	}
	if _, err := c.Start(Program{Args: []string{"none"}}); err == nil {
		t.Error("a program runs that there is not")
	}
}

// Programs of one run have one share of the hart, others have their own; what a run has used counts
// against what it runs next, until others have had as much. No more shares are kept than there are
// to be.
// Sabotages: in enter, make one each time; in forget, do not look at what is owed, or at
// how many there are.
func TestRunShares(t *testing.T) {
	h := newHost()
	c := New(h)
	done := make(chan int, 1)
	start := func(name string, run uint64) uint64 {
		pid, err := c.Start(Program{Args: []string{name}, Share: run, Memory: leastRAM, Ended: func(_ uint64, status int) { done <- status }})
		if err != nil {
			t.Fatal(err)
		}
		return pid
	}
	shareOf := func(pid uint64) (s *share) {
		c.land.wait(func() { s = c.land.programs[pid].share })
		return s
	}
	a, b, other, same := start("sleeper", 0), start("sleeper", 77), start("sleeper", 0), start("sleeper", 77)
	if shareOf(b) != shareOf(same) || shareOf(a) == shareOf(b) || shareOf(a) == shareOf(other) {
		t.Error("a share is not a run's")
	}
	if run := shareOf(other).Name; run != 3<<48|other {
		t.Errorf("the run of program %d is %#x", other, run)
	}
	last := start("sleeper", shareOf(a).Name)
	if shareOf(last) != shareOf(a) {
		t.Error("what a program runs has another share than it")
	}
	for c.List()[1].Used == 0 { // b
		time.Sleep(time.Millisecond)
	}
	for _, pid := range []uint64{a, other, last, same, b} {
		c.Kill(pid)
		await(t, done)
	}
	kept := func() (there bool) {
		c.land.wait(func() {
			c.land.forget()
			there = c.land.shares[77] != nil
		})
		return there
	}
	if !kept() {
		t.Fatal("a run is forgotten that has had more than a new one")
	}
	c.land.wait(func() {
		owes := c.land.shares[77].Group
		for run := range uint64(2 * mostShares) {
			c.land.shares[1000+run] = &share{Group: owes}
		}
		c.land.forget()
		if n := len(c.land.shares); n >= mostShares || n == 0 {
			t.Errorf("%d shares are kept", n)
		}
		c.land.shares[77] = &share{Group: owes}
	})
	rival := start("sleeper", 0)
	for end := time.Now().Add(30 * time.Second); kept(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatal("a run is kept for ever")
		}
	}
	c.Kill(rival)
	await(t, done)
}

// Files take a part of the kernel's heap where that is small. Sabotage: in writable, return
// mostWritten.
func TestWritable(t *testing.T) {
	defer debug.SetMemoryLimit(debug.SetMemoryLimit(10 << 20))
	if n := writable(); n > 10<<20/3 {
		t.Errorf("of a heap of 10 MiB files may have %d bytes", n)
	}
	if debug.SetMemoryLimit(1 << 40); writable() != mostWritten {
		t.Errorf("of a large one they may have %d", writable())
	}
}

// Sabotages: in over, leave out the lines that are not ended; in last, call then at once.
func TestOutput(t *testing.T) {
	h := newHost()
	c := New(h)
	done := make(chan string, 1)
	c.Start(Program{Args: []string{"hello"}, Ended: func(uint64, int) { done <- h.text() }})
	const want = "a line\na l\n@3 program name=hello pid=1 status=5\n"
	if got := <-done; got != want {
		t.Errorf("%q was said, want %q", got, want)
	}
}

// Sabotage: in Output, take all at once.
func TestOutputWaits(t *testing.T) {
	h := newHost()
	h.hold = make(chan struct{})
	c := New(h)
	done := make(chan int, 1)
	if _, err := c.Start(Program{Args: []string{"loud"}, Ended: func(_ uint64, status int) { done <- status }}); err != nil {
		t.Fatal(err)
	}
	most, last := 0, -1
	for most != last { // until it waits
		last = most
		time.Sleep(20 * time.Millisecond)
		c.land.out.mu.Lock()
		most = max(most, len(c.land.out.lines))
		c.land.out.mu.Unlock()
	}
	if most > maxWaiting+maxLine || len(c.List()) != 1 {
		t.Errorf("%d bytes wait, and %d programs", most, len(c.List()))
	}
	close(h.hold)
	await(t, done)
	want := strings.Repeat(text, loudLines) + "@3 program name=loud pid=1 status=5\n"
	if got := h.text(); got != want {
		t.Errorf("%d bytes were said, want %d", len(got), len(want))
	}
}

// A long line is cut, and the name of a program makes one word.
func TestLines(t *testing.T) {
	o := newOutput(nil, nil)
	var l line
	l.write(o, []byte(strings.Repeat("x", maxLine+1)+"\n\ny"))
	if got, want := string(o.lines), strings.Repeat("x", maxLine)+"\nx\n\n"; got != want || string(l.begun) != "y" {
		t.Errorf("%q, and %q is begun", got, l.begun)
	}
	if got := fmt.Sprint(word("a b=c\n")); got != "a_b_c_" {
		t.Error(got)
	}
}

// A program takes RAM of the memory server, as much as it may, and gives it back; what it
// still has when it ends comes back by itself. What something is made of is not taken, and
// what is made of a deleted CNode may be asked for again.
// Sabotages: in Give, do not look for ErrInUse; in fill, give the badge of another; charge
// nobody in Take.
func TestMemoryServer(t *testing.T) {
	h := newHost()
	c := New(h)
	ran(t, c, "hello")
	free, _, count := c.Left()
	done := make(chan int, 1)
	pid, err := c.Start(Program{Args: []string{"sleeper"}, Memory: leastRAM, Ended: func(_ uint64, status int) { done <- status }})
	if err != nil {
		t.Fatal(err)
	}
	l := c.land
	at := func(a capability.Address) capability.Ref {
		r, _ := l.db.Find(l.programs[pid].slots[slotCNode], a, capability.Write)
		return r
	}
	const page = layout.PageSize
	first, second := abi.SlotFree, abi.SlotFree+1<<16
	l.wait(func() {
		want := func(what string, got, should abi.Error) {
			t.Helper()
			if got != should {
				t.Errorf("%s: %v, want %v", what, got, should)
			}
		}
		server, e := l.db.Identify(at(abi.SlotMemory))
		if e != capability.OK || server.Type != capability.Endpoint || server.Rights != capability.Write || server.Badge != uint32(pid) {
			t.Errorf("the program's memory server is %+v (%v)", server, e)
		}
		b := bank{l}
		who := server.Badge
		want("take", b.Take(who, 8*page, 4*page, at(first)), abi.OK)
		c, _ := l.db.Identify(at(first))
		if c.Type != capability.RAM || c.Size != 8*page || c.Base%(4*page) != 0 {
			t.Errorf("8 pages are %+v", c)
		}
		want("into a slot in use", b.Take(who, page, 0, at(first)), abi.Error(capability.ErrNotEmpty))
		want("half a page", b.Take(who, page/2, 0, at(second)), abi.Error(capability.ErrSize))
		want("more than it may", b.Take(who, ownRAM, 0, at(second)), abi.ErrLimit)
		want("as nobody", b.Take(who+1, page, 0, at(second)), abi.ErrState)
		want("all that it may", b.Take(who, ownRAM-8*page, 0, at(second)), abi.OK)
		left, all := b.Left(who)
		if left > free-ownRAM || all <= free {
			t.Errorf("%d bytes of %d are left", left, all)
		}
		made := capability.Made{Type: capability.CNode, Size: 2 * page, Count: 1, CNode: at(abi.SlotRoot), First: uint64(second>>16) + 1}
		if e := l.db.Retype(at(first), made); e != capability.OK {
			t.Error(e)
			return
		}
		want("give what is in use", b.Give(who, at(first)), abi.Error(capability.ErrInUse))
		want("give what is no RAM", b.Give(who, at(abi.SlotRoot)), abi.Error(capability.ErrRange))
		l.db.Delete(at(second + 1<<16))
		asked := 1
		for e := b.Give(who, at(first)); e != abi.OK; e = b.Give(who, at(first)) {
			if want("give", e, abi.ErrAgain); e != abi.ErrAgain || asked > 10 {
				t.Error("it is never taken back")
				return
			}
			asked++
		}
		if asked == 1 {
			t.Error("a CNode that waits to be cleaned was in nobody's way")
		}
		want("give again", b.Give(who, at(first)), abi.Error(capability.ErrRange))
	})
	if !c.Kill(pid) || await(t, done) != 128+9 {
		t.Error("it was not killed")
	}
	if free2, _, count2 := c.Left(); free2 != free || count2 != count {
		t.Errorf("%d bytes are free and %d capabilities there, they were %d and %d", free2, count2, free, count)
	}
}

// A program cannot print what is the kernel's to say. Sabotages: in end, do not look for the
// mark; in tame, let all pass.
func TestForged(t *testing.T) {
	o := newOutput(func([]byte) {}, func() {})
	var l line
	l.write(o, []byte("@0 exit status=0\nx\r@0 dead core=1\n\x1b[2J@\twell @ ü\n"))
	l.write(o, []byte(strings.Repeat("y", maxLine)+"@0 ready cores=9"))
	l.end(o)
	want := " @0 exit status=0\nx?@0 dead core=1\n?[2J@\twell @ ü\n" + strings.Repeat("y", maxLine) + "\n @0 ready cores=9\n"
	if string(o.lines) != want {
		t.Errorf("%q", o.lines)
	}
}
