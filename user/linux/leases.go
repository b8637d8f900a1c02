package linux

import (
	"syscall"

	"atoll/user/farfs"
	"atoll/user/vfs"
)

// Files of the home that processes of another core have mapped to store to. One core at a time has a file so: the home says which, and its own
// processes are among those who cannot have it then. The core's pages are its own RAM, and what is stored there the home is told when
// somebody waits for that, and at the end (package farfs).

var _ farfs.Leaser = (*HomeFiles)(nil)

func (h *HomeFiles) Lease(f farfs.Ref) error {
	_, err := h.ask(fileLease, fileQuestion{file: f})
	return err
}

func (h *HomeFiles) Unlease(id uint64) {
	h.ask(fileUnlease, fileQuestion{file: farfs.Ref{ID: id}})
}

// lease lets the core that asks have a file that it has open to write, if nobody else has it.
func (f *fileServer) lease() error {
	r, key := f.r, farKey{f.from, f.q.file.ID}
	o := r.opened[key]
	if o == nil || o.Flags&syscall.O_ACCMODE != syscall.O_RDWR {
		return syscall.EBADF
	}
	switch o.Node.(type) {
	case vfs.Mappable, vfs.Leased:
	default:
		return syscall.ENODEV
	}
	if by, there := r.leased[o.Node]; there && by != key || r.sys.shared[o.Node] != nil {
		return syscall.EBUSY
	}
	r.leased[o.Node] = key
	return nil
}

// unlease takes it back.
func (r *realm) unlease(key farKey) {
	if o := r.opened[key]; o != nil && r.leased[o.Node] == key {
		delete(r.leased, o.Node)
	}
}

// leases reports whether another core has a file.
func (r *realm) leases(n vfs.Node) bool {
	if r == nil {
		return false
	}
	_, there := r.leased[n]
	return there
}
