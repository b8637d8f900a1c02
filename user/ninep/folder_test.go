package ninep

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/hugelgupf/p9/fsimpl/localfs"
	"github.com/hugelgupf/p9/p9"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// pipe is a transport to a server of the library, over a folder.
type pipe struct {
	c      net.Conn
	bend   func(reply []byte) []byte // changes replies, unless it is nil
	closed bool
}

func newPipe(dir string) *pipe {
	here, there := net.Pipe()
	go p9.NewServer(localfs.Attacher(dir)).Handle(there, there)
	return &pipe{c: here}
}

func (p *pipe) Close() { p.closed = true; p.c.Close() }

func (p *pipe) Lost() bool { return p.closed }

func (p *pipe) Exchange(request, reply []byte) (int, error) {
	request = bytes.Clone(request)
	if request[4] == 100 { // the version that QEMU speaks, and no other
		v := "9P2000.L"
		request = append(append(request[:11], byte(len(v)), 0), v...)
		binary.LittleEndian.PutUint32(request, uint32(len(request)))
	}
	if _, err := p.c.Write(request); err != nil {
		return 0, err
	}
	if _, err := io.ReadFull(p.c, reply[:4]); err != nil {
		return 0, err
	}
	n := int(binary.LittleEndian.Uint32(reply))
	if _, err := io.ReadFull(p.c, reply[4:n]); err != nil {
		return 0, err
	}
	if p.bend != nil {
		n = copy(reply, p.bend(bytes.Clone(reply[:n])))
	}
	return n, nil
}

// open returns a folder, and its transport of the session under way.
func open(t testing.TB, dir string) (*Folder, **pipe) {
	now := new(*pipe)
	f := New(func() (Transport, error) {
		*now = newPipe(dir)
		return *now, nil
	})
	t.Cleanup(func() { f.Detach() })
	return f, now
}

func ref(path string) farfs.Ref { return farfs.Ref{ID: 1, Path: path} }

// What is written here is there, and the other way round, at once; errors are those of the host.
// Sabotage: leave the session out of at; let errnoOf always return EIO; walk no more than mostNames.
func TestFolder(t *testing.T) {
	dir := t.TempDir()
	f, _ := open(t, dir)
	deep := strings.TrimSuffix(strings.Repeat("d/", 40), "/")
	if err := os.MkdirAll(filepath.Join(dir, deep), 0o755); err != nil {
		t.Fatal(err)
	}
	if i, err := f.Create(ref(deep), "new", vfs.New{Mode: syscall.S_IFREG | 0o640}); err != nil || i.Mode != syscall.S_IFREG|0o640 {
		t.Fatalf("%o, %v", i.Mode, err)
	}
	path := deep + "/new"
	data := bytes.Repeat([]byte("0123456789abcdef"), 3000)
	for off := 0; off < len(data); {
		n, err := f.WriteAt(ref(path), data[off:min(off+32<<10, len(data))], int64(off))
		if err != nil || n == 0 {
			t.Fatal(n, err)
		}
		off += n
	}
	there, _ := os.ReadFile(filepath.Join(dir, path))
	got := make([]byte, len(data)+10)
	n, err := f.ReadAt(ref(path), got, 0)
	if err != nil || !bytes.Equal(got[:n], data) || !bytes.Equal(there, data) {
		t.Fatalf("%d bytes, %v; there %d", n, err, len(there))
	}
	if err := os.WriteFile(filepath.Join(dir, path), []byte("edited"), 0o640); err != nil {
		t.Fatal(err)
	}
	if i, err := f.Attr(ref(path)); err != nil || i.Size != 6 {
		t.Errorf("edited: %d, %v", i.Size, err)
	}
	if err := f.Truncate(ref(path), 2); err != nil {
		t.Error(err)
	}
	if _, err := f.Create(ref(""), "link", vfs.New{Mode: syscall.S_IFLNK | 0o777, Target: "d/x"}); err != nil {
		t.Error(err)
	}
	if i, err := f.Lookup(ref(""), "link"); err != nil || i.Target != "d/x" {
		t.Errorf("a link to %q, %v", i.Target, err)
	}
	if err := f.Rename(ref(deep), "new", ref(""), "moved"); err != nil {
		t.Error(err)
	}
	for i := range 60 {
		os.WriteFile(filepath.Join(dir, fmt.Sprintf("%0200d", i)), nil, 0o600)
	}
	if list, err := f.List(ref("")); err != nil || len(list) != 63 {
		t.Errorf("%d entries, %v", len(list), err)
	}
	for what, c := range map[string]struct{ err, want error }{
		"a name that is not":   {second(f.Lookup(ref(""), "none")), syscall.ENOENT},
		"a path that is not":   {second(f.Attr(ref("none/such"))), syscall.ENOENT},
		"a name that there is": {second(f.Create(ref(""), "moved", vfs.New{Mode: syscall.S_IFREG})), syscall.EEXIST},
	} {
		if c.err != c.want {
			t.Errorf("%s: %v, want %v", what, c.err, c.want)
		}
	}
	if err := f.Unlink(ref(""), "moved", ref("moved"), false, false); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(filepath.Join(dir, "moved")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("what was unlinked: %v", err)
	}
}

func second[T any](_ T, err error) error { return err }

// When the transport is lost what changes something fails, and nothing else does: all that was open is found by its path
// in another session, and what has no name any more is stale.
// Sabotage: let session return at once; leave Gone out of at; put WriteAt into again.
func TestLost(t *testing.T) {
	dir := t.TempDir()
	f, now := open(t, dir)
	os.WriteFile(filepath.Join(dir, "f"), []byte("text"), 0o600)
	if err := f.Open(ref("f"), true); err != nil {
		t.Fatal(err)
	}
	old := *now
	old.c.Close()
	b := make([]byte, 10)
	if _, err := f.WriteAt(ref("f"), []byte("text"), 0); err != syscall.EIO || *now != old {
		t.Errorf("a write, lost: %v", err)
	}
	if n, err := f.ReadAt(ref("f"), b, 0); n != 4 || err != nil || !old.closed || *now == old {
		t.Errorf("afterwards: %d, %v", n, err)
	}
	old = *now
	old.c.Close()
	if n, err := f.ReadAt(ref("f"), b, 0); n != 4 || err != nil || *now == old {
		t.Errorf("a read, lost: %d, %v", n, err)
	}
	if err := f.Open(ref("f"), true); err != nil {
		t.Fatal(err)
	}
	if err := f.Unlink(ref(""), "f", ref("f"), false, true); err != nil {
		t.Fatal(err)
	}
	gone := farfs.Ref{ID: 1, Gone: true}
	if n, err := f.ReadAt(gone, b, 0); n != 4 || err != nil {
		t.Errorf("what is open and has no name: %d, %v", n, err)
	}
	(*now).c.Close()
	if _, err := f.ReadAt(gone, b, 0); err != syscall.ESTALE {
		t.Errorf("what was lost and has no name: %v", err)
	}
}

// attempt does something as package farfs does, and reports whether the library was at a loss.
func attempt(f *Folder, do func()) (lost bool) {
	defer func() {
		if why := recover(); why != nil {
			f.Broken(why)
			lost = true
		}
	}()
	do()
	return false
}

// Whatever the host answers, a question ends, nothing that it says is out of bounds, and when it answers
// properly again all is well.
func FuzzHost(f *testing.F) {
	f.Add([]byte{1, 2, 3, 4}, uint64(1))
	f.Add(bytes.Repeat([]byte{0xff}, 40), uint64(2))
	dir := f.TempDir()
	os.WriteFile(filepath.Join(dir, "f"), []byte("text"), 0o600)
	os.Symlink("f", filepath.Join(dir, "l"))
	f.Fuzz(func(t *testing.T, changes []byte, seed uint64) {
		folder, now := open(t, dir)
		if err := folder.Open(ref("f"), true); err != nil {
			t.Fatal(err)
		}
		r := rand.New(rand.NewPCG(seed, 1))
		for len(changes) > 0 {
			if folder.c != nil {
				(*now).bend = func(reply []byte) []byte { return bend(reply, &changes) }
			}
			attempt(folder, func() { folder.any(t, r) })
			if len(changes) > 0 {
				changes = changes[1:]
			}
		}
		if folder.c != nil {
			(*now).bend = nil
		}
		b := make([]byte, 8)
		attempt(folder, func() { folder.ReadAt(ref("f"), b, 0) }) // that may still find out
		if n, err := folder.ReadAt(ref("f"), b, 0); err != nil || n == 0 {
			t.Errorf("afterwards: %d, %v", n, err)
		}
	})
}

// bend changes a reply in places that changes says.
func bend(reply []byte, changes *[]byte) []byte {
	for range 2 {
		if c := *changes; len(c) >= 2 {
			at := int(c[0])
			if at == 255 {
				reply = reply[:int(c[1])%(len(reply)+1)]
			} else if at < len(reply) {
				reply[at] ^= c[1]
			}
			*changes = c[2:]
		}
	}
	return reply
}

// any asks something, and looks whether the answer is within its bounds.
func (f *Folder) any(t *testing.T, r *rand.Rand) {
	b := make([]byte, 100)
	n := 0
	switch r.IntN(9) {
	case 0:
		n, _ = f.ReadAt(ref("f"), b, 0)
	case 1:
		f.Lookup(ref(""), "l")
	case 2:
		list, _ := f.List(ref(""))
		for _, e := range list {
			if !nameOK(e.Name) {
				t.Errorf("a name %q", e.Name)
			}
		}
	case 3:
		f.Stat()
	case 4:
		f.Open(farfs.Ref{ID: 2, Path: "f"}, false)
	case 5:
		f.Close(2)
	case 6:
		f.Sync(ref("f"))
	case 7:
		f.Attr(ref("f"))
	case 8:
		n, _ = f.WriteAt(ref("f"), []byte("text"), 0)
		n = min(n, 100) // what is too much farfs refuses
	}
	if n < 0 || n > len(b) {
		t.Errorf("%d bytes of %d", n, len(b))
	}
}

// A Tfsync has its second word, and other requests are as the library has made them.
// Sabotage: let whole return what it gets.
func TestWhole(t *testing.T) {
	fsync := []byte{11, 0, 0, 0, 50, 1, 0, 9, 0, 0, 0}
	if got, want := whole(bytes.Clone(fsync)), append(append([]byte{15}, fsync[1:]...), 0, 0, 0, 0); !bytes.Equal(got, want) {
		t.Errorf("% x, want % x", got, want)
	}
	fsync[4] = 120
	if got := whole(bytes.Clone(fsync)); !bytes.Equal(got, fsync) {
		t.Errorf("% x, want % x", got, fsync)
	}
}
