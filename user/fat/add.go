package fat

import "syscall"

// add gives a name to what raw says beside its names, in entries that follow each other: of one sector, if they fit.
func (d *directory) add(name string, raw [entrySize]byte) (*entry, error) {
	taken := map[[11]byte]bool{}
	err := d.each(func(e *entry) bool { taken[[11]byte(e.raw[:11])] = true; return true })
	if err != nil {
		return nil, err
	}
	short, err := shortOf(name, taken)
	if err != nil {
		return nil, err
	}
	copy(raw[:11], short[:])
	list := append(longEntries(name, checksum(short[:])), raw)
	at, err := d.room(len(list))
	if err != nil {
		return nil, err
	}
	for i := range list {
		if err := d.set(at+i, list[i][:]); err != nil {
			return nil, err
		}
	}
	e := &entry{name: name, raw: raw, index: at + len(list) - 1, from: at}
	e.at, _ = d.place(e.index)
	return e, nil
}

// room finds n free entries, and makes the directory longer if there are none. What is skipped behind the
// last name is marked: nobody looks behind the first that has never been used.
func (d *directory) room(n int) (int, error) {
	run, unused := 0, -1
	for i := 0; ; i++ {
		if i == d.entries() {
			if err := d.grow(); err != nil {
				return 0, err
			}
		}
		b, err := d.raw(i)
		if err != nil {
			return 0, err
		}
		if b[0] == last && unused < 0 {
			unused = i
		}
		if n <= perSector && i%perSector == 0 {
			run = 0
		}
		if run++; unused < 0 && b[0] != deleted {
			run = 0
		}
		if run < n {
			continue
		}
		at := i + 1 - n
		for k := unused; k >= 0 && k < at; k++ {
			if err := d.set(k, []byte{deleted}); err != nil {
				return 0, err
			}
		}
		return at, nil
	}
}

// grow makes the directory longer by a cluster, which is clear, and commits that: entries in it come later.
func (d *directory) grow() error {
	if len(d.clusters)*int(d.v.bytes()) >= mostEntries*entrySize {
		return syscall.ENOSPC
	}
	list, err := d.v.clear()
	if err != nil {
		return err
	}
	if err := d.v.link(d.clusters[len(d.clusters)-1], list[0]); err != nil {
		return err
	}
	d.clusters = append(d.clusters, list[0])
	return d.v.commit()
}

// clear takes a cluster for a directory.
func (v *volume) clear() ([]uint32, error) {
	list, err := v.take(1)
	for i := uint64(0); err == nil && i < uint64(v.perCluster); i++ {
		_, err = v.replace(v.at(list[0])+i, fresh)
	}
	return list, err
}

// remove takes a name away, and nothing else.
func (d *directory) remove(e *entry) error {
	for i := e.from; i <= e.index; i++ {
		if err := d.set(i, []byte{deleted}); err != nil {
			return err
		}
	}
	return nil
}
