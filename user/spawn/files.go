package spawn

import (
	"fmt"
	"path"
	"runtime/debug"
	"slices"
	"strings"
	"syscall"

	"atoll/arch/layout"
	"atoll/kernel/capability"
	"atoll/user/archive"
	"atoll/user/memfs"
	"atoll/user/synth"
	"atoll/user/vfs"
)

// mostWritten bounds what programs write into files, in bytes, and partOfHeap which part of the
// kernel's heap that may be, where it lies.
const mostWritten, partOfHeap = 8 << 20, 4

// writable returns how many bytes programs may write into files.
func writable() int64 { return min(mostWritten, debug.SetMemoryLimit(-1)/partOfHeap) }

// Numbers of the devices that file systems would lie on.
const (
	deviceRoot = 1 + iota
	deviceDev
	deviceMk
	deviceHome
	deviceHost
)

// What Linux calls the kinds of file systems.
const magicTmpfs = 0x01021994

// File is a program that can be run by its name.
type File struct {
	Name string
	Size uint64
}

// paths are where a program is looked for.
var paths = []string{"/bin", "/bbin", "/"}

// searchPath is what programs get as PATH.
var searchPath = strings.Join(paths[:2], ":") + ":/"

// newFiles makes the files of a core: the root has those of the initial RAM disk, which lies in some pages.
func newFiles(h Host) (ns *vfs.Namespace, rom capability.Cap, err error) {
	data, at, err := h.Archive()
	if err != nil {
		return nil, rom, err
	}
	ns, err = filesOf(h, data, at)
	return ns, romOf(at, uint64(len(data))), err
}

// romOf is a capability to the pages in which bytes lie that nobody writes, from a physical address on.
func romOf(at, size uint64) capability.Cap {
	base := at &^ (layout.PageSize - 1)
	end := (at + size + layout.PageSize - 1) &^ (layout.PageSize - 1)
	return capability.Cap{Type: capability.Frame, Rights: capability.Read | capability.Execute, Base: base, Size: end - base}
}

// filesOf makes the files from an archive, at a physical address.
func filesOf(h Host, data []byte, at uint64) (*vfs.Namespace, error) {
	records, err := archive.Records(data)
	if err != nil {
		return nil, err
	}
	now := func() int64 { wall, _ := h.Clock(); return int64(wall) }
	root := memfs.New(deviceRoot, writable(), now)
	for r := range records {
		if err := root.Add(member(r, at)); err != nil {
			return nil, fmt.Errorf("the initial RAM disk cannot be read: %s: %w", r.Path, err)
		}
	}
	for _, dir := range []string{"dev", "proc", "mk", "tmp", "root"} {
		if err := root.Add(memfs.Member{Path: dir, Mode: syscall.S_IFDIR | 0o755}); err != nil {
			return nil, err
		}
	}
	ns := vfs.NewNamespace(vfs.Mount{Source: "rootfs", Type: "rootfs", Options: "rw", Root: root.Root()})
	c := vfs.NewContext(ns)
	if err := ns.Mount(c, "/dev", vfs.Mount{Source: "dev", Type: "devtmpfs", Options: "rw", Root: newDev(h, now())}); err != nil {
		return nil, err
	}
	err = ns.Mount(c, "/mk", vfs.Mount{Source: "mk", Type: "mk", Options: "ro", Root: newMk(h, now())})
	return ns, err
}

// newMk makes /mk, what the machine is.
func newMk(h Host, born int64) vfs.Directory {
	root := synth.New(deviceMk, magicTmpfs, born).Dir(nil, "", 0o555)
	for _, f := range h.Facts() {
		root.Text(f.Name, func(*vfs.Context) []byte { return []byte(f.Text()) })
	}
	const misc = 10
	root.Device("console", misc, 0, func(c *vfs.Context, _ int) (vfs.Stream, error) { return c.Console() })
	return root
}

// member is a record of an archive, at a physical address, as the root file system takes it.
func member(r archive.Record, at uint64) memfs.Member {
	m := memfs.Member{Path: r.Path, Mode: r.Mode, Mtime: r.Mtime * 1e9, Data: r.Data, At: at + uint64(r.At)}
	if r.Mode&syscall.S_IFMT == syscall.S_IFLNK {
		m.Target = string(r.Data)
	}
	return m
}

// newDev makes /dev.
func newDev(h Host, born int64) vfs.Directory {
	fs := synth.New(deviceDev, magicTmpfs, born)
	dev := fs.Dir(nil, "", 0o755)
	random := synth.Same(synth.Random{Fill: h.Random})
	const memory, tty = 1, 5
	dev.Device("null", memory, 3, synth.Same(synth.Null{}))
	dev.Device("zero", memory, 5, synth.Same(synth.Zero{}))
	dev.Device("full", memory, 7, synth.Same(synth.Full{}))
	dev.Device("kmsg", memory, 11, synth.Same(synth.Null{}))
	dev.Device("random", memory, 8, random)
	dev.Device("urandom", memory, 9, random)
	dev.Device("tty", tty, 0, terminal)
	dev.Device("console", tty, 1, terminal)
	for name, target := range map[string]string{"fd": "/proc/self/fd", "stdin": "/proc/self/fd/0", "stdout": "/proc/self/fd/1", "stderr": "/proc/self/fd/2"} {
		dev.Link(name, func(*vfs.Context) string { return target })
	}
	return dev
}

// terminal opens the terminal of a process.
func terminal(c *vfs.Context, _ int) (vfs.Stream, error) {
	if c.Terminal == nil {
		return nil, syscall.ENXIO
	}
	return c.Terminal, nil
}

// programsOf lists the programs that are run by their names, in the order of those.
func programsOf(ns *vfs.Namespace) (list []File) {
	c := vfs.NewContext(ns)
	seen := map[string]bool{}
	for _, dir := range paths {
		f, err := c.Open(c.Root, dir, syscall.O_RDONLY, 0)
		if err != nil {
			continue
		}
		f.Hold()
		f.Entries(func(e vfs.Entry) bool {
			if a, ok := executable(c, path.Join(dir, e.Name)); ok && !seen[e.Name] {
				seen[e.Name] = true
				list = append(list, File{e.Name, uint64(a.Size)})
			}
			return true
		})
		f.Release()
	}
	slices.SortFunc(list, func(a, b File) int { return strings.Compare(a.Name, b.Name) })
	return list
}

// executable reports whether a path leads to a file that can be executed.
func executable(c *vfs.Context, path string) (vfs.Attr, bool) {
	n, err := c.Find(c.Root, path, true)
	if err != nil {
		return vfs.Attr{}, false
	}
	a := n.Attr()
	return a, a.Mode&syscall.S_IFMT == syscall.S_IFREG && a.Mode&0o111 != 0
}

// find returns the path of the program of a name. It fails with a sentence.
func find(ns *vfs.Namespace, name string) (string, error) {
	c := vfs.NewContext(ns)
	if strings.Contains(name, "/") {
		if _, ok := executable(c, name); ok {
			return name, nil
		}
	} else {
		for _, dir := range paths {
			p := path.Join(dir, name)
			if _, ok := executable(c, p); ok {
				return p, nil
			}
		}
	}
	return "", fmt.Errorf("there is no program %q; see programs", name)
}
