package linux

import (
	"fmt"
	"sync/atomic"
	"syscall"
	"testing"

	"atoll/monitor/parcel"
	"atoll/monitor/stream"
	"atoll/user/farfs"
	"atoll/user/vfs"
)

// Questions about files are answered by the home as its own processes see them, errors included; a file that is open stays when it
// has lost its name, and what was open is closed when the core that asked is dead.
// Sabotages: in content, do not look at what is open; in Lost, close nothing; in path, leave out the name; in maybe, say it is never there; in content, append
// where the question says.
func TestHomeFiles(t *testing.T) {
	w := newRealmWorld(t, 2)
	h := &HomeFiles{w.others[0]}
	var over atomic.Bool
	root := farfs.Ref{}
	file := func(id uint64, path string) farfs.Ref { return farfs.Ref{ID: id, Path: path} }
	go func() {
		defer over.Store(true)
		is := func(what string, got, want any) {
			t.Helper()
			if fmt.Sprint(got) != fmt.Sprint(want) {
				t.Errorf("%s: %v, want %v", what, got, want)
			}
		}
		i, err := h.Create(root, "d", vfs.New{Mode: syscall.S_IFDIR | 0o755})
		is("mkdir", fmt.Sprintf("%o %v", i.Mode, err), "40755 <nil>")
		_, err = h.Create(root, "d", vfs.New{Mode: syscall.S_IFDIR | 0o755})
		is("mkdir of what is there", err, syscall.EEXIST)
		i, err = h.Create(file(2, "d"), "f", vfs.New{Mode: syscall.S_IFREG | 0o640})
		is("create", fmt.Sprintf("%o %d %v", i.Mode, i.Size, err), "100640 0 <nil>")
		n, err := h.WriteAt(file(3, "d/f"), []byte("content"), 3)
		is("write", fmt.Sprint(n, err), "7 <nil>")
		_, err = h.WriteAt(file(3, "d/f"), []byte("of another"), 10)
		is("write of another core", err, nil)
		n, end, err := h.Append(file(3, "d/f"), []byte(", behind"))
		is("append", fmt.Sprint(n, end, err), "8 28 <nil>")
		is("truncate", h.Truncate(file(3, "d/f"), 10), nil)
		n, end, err = h.Append(file(2, "d"), []byte("x"))
		is("append to a directory", fmt.Sprint(n, end, err), "0 0 "+syscall.EISDIR.Error())
		is("open", h.Open(file(3, "d/f"), false), nil)
		is("open of nothing", h.Open(file(9, "nothing"), false), syscall.ENOENT)
		is("rename", h.Rename(file(2, "d"), "f", root, "g"), nil)
		_, err = h.Lookup(file(2, "d"), "f")
		is("lookup of the old name", err, syscall.ENOENT)
		is("unlink", h.Unlink(root, "g", file(3, "g"), false, true), nil)
		b := make([]byte, 20)
		n, err = h.ReadAt(farfs.Ref{ID: 3, Gone: true}, b, 0)
		is("read of what has no name", fmt.Sprintf("%d %q %v", n, b[:n], err), `10 "\x00\x00\x00content" <nil>`)
		h.Close(3)
		_, err = h.ReadAt(farfs.Ref{ID: 3, Gone: true}, b, 0)
		is("read of what is closed", err, syscall.ESTALE)
		i, err = h.Create(root, "l", vfs.New{Mode: syscall.S_IFLNK | 0o777, Target: "d/x"})
		is("symlink", fmt.Sprint(i.Target, " ", err), "d/x <nil>")
		mode, mtime := uint32(0o700), int64(5e9)
		is("chmod", h.Set(file(2, "d"), vfs.Change{Mode: &mode, Mtime: &mtime}), nil)
		i, err = h.Attr(file(2, "d"))
		is("attributes", fmt.Sprintf("%o %d %v", i.Mode, i.Mtime, err), "40700 5000000000 <nil>")
		list, err := h.List(root)
		names := ""
		for _, e := range list {
			names += e.Name + " "
		}
		is("list", fmt.Sprint(names, err), "bin d l <nil>")
		is("rmdir of a file", h.Unlink(root, "l", file(4, "l"), true, false), syscall.ENOTDIR)
		is("link", h.Link(root, "again", file(5, "bin/child")), nil)
		is("truncate", h.Truncate(file(6, "again"), 3), nil)
		i, _ = h.Attr(file(5, "bin/child"))
		is("size", i.Size, 3)
		_, err = h.Lookup(root, "..")
		is("lookup out of it", err, nil) // of the root that is the root
		is("open", h.Open(file(7, "again"), true), nil)
	}()
	w.start(func(th *thread) bool {
		if !over.Load() {
			return th.set(nrYield)
		}
		return false
	})
	if n := len(w.s.realm.opened); n != 1 {
		t.Errorf("%d files are open", n)
	}
	w.s.Lost(1)
	if n := len(w.s.realm.opened); n != 0 {
		t.Errorf("of a dead core %d files are open", n)
	}
}

// What is more than a parcel is answered in several: the names of a large directory. What is too much is refused, by who answers and
// by who has asked. Sabotages: in reply, send it as one; in reply, do not look whether it is too much; in answer, do not.
func TestLargeAnswers(t *testing.T) {
	w := newRealmWorld(t, 2)
	c, h := vfs.NewContext(w.s.files), &HomeFiles{w.others[0]}
	const names = 1200
	if err := c.Mkdir(c.Root, "/large", 0o755); err != nil {
		t.Fatal(err)
	}
	n, err := c.Find(c.Root, "/bin/child", true)
	for i := range names {
		if err == nil {
			err = c.Link(n, c.Root, fmt.Sprintf("/large/%0250d", i))
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	var over atomic.Bool
	go func() {
		defer over.Store(true)
		if list, err := h.List(farfs.Ref{Path: "large"}); err != nil || len(list) != names || list[names-1].Name == list[0].Name {
			t.Errorf("%d names, %v", len(list), err)
		}
	}()
	w.start(func(th *thread) bool { return !over.Load() && th.set(nrYield) })
	far, told := w.others[0].realm, error(nil)
	ask := func() {
		told = nil
		far.questions[1] = question{core: 0, answered: func(e errno, data []byte) { told = syscall.Errno(e) }}
	}
	take := func(p parcel.Parcel) { w.others[0].Take(0, &p) }
	ask()
	sent := 0
	w.s.realm.link = linkFunc(func(_ int, p parcel.Parcel) { sent++; take(p) })
	if w.s.realm.reply(1, 1, nil, make([]byte, mostAnswer+1)); told != syscall.EOVERFLOW || sent != 1 {
		t.Errorf("an answer that is too long is %v, in %d parcels", told, sent)
	}
	ask()
	for range 9 {
		take(parcel.Parcel{Kind: parcelAnswer, W: [parcel.Words]uint64{77, 1, 0, 1}, Data: make([]byte, parcel.MostData)})
	}
	if told != syscall.EOVERFLOW || len(far.questions) != 0 {
		t.Errorf("one that does not end is %v", told)
	}
}

// linkFunc is a link that hands parcels over.
type linkFunc func(to int, p parcel.Parcel)

func (linkFunc) Alive() uint64                  { return 3 }
func (linkFunc) Room(_ int, f func())           { f() }
func (linkFunc) Stream(int) *stream.Writer      { return nil }
func (f linkFunc) Send(to int, p parcel.Parcel) { f(to, p) }
