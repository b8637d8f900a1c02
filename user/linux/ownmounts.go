package linux

import "atoll/user/vfs"

// ownMounts are the mounts that a core where none of a realm's processes has begun makes on the home's files, when the first comes. Each
// has to ask the home for its directory.
type ownMounts struct {
	list   []vfs.Mounted
	making bool
	queue  []func() // who wait until they are made
}

// prepare mounts what is the core's own, once, within a call that may wait. Who comes while another is at it waits for that, and goes on with
// what it has left.
func (s *System) prepare() error {
	m := &s.mounts
	for m.making {
		if err := s.coroutines.Wait(func(wake func()) { m.queue = append(m.queue, wake) }); err != nil {
			return err
		}
	}
	m.making = true
	defer m.made()
	c := vfs.NewContext(s.files)
	for ; len(m.list) > 0; m.list = m.list[1:] {
		if err := s.files.Mount(c, m.list[0].Path, *m.list[0].Mount); err != nil {
			return err
		}
	}
	return nil
}

// made lets those go on who have waited.
func (m *ownMounts) made() {
	queue := m.queue
	m.making, m.queue = false, nil
	for _, wake := range queue {
		wake()
	}
}
