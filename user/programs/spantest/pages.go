package main

import (
	"errors"
	"fmt"
	"runtime/debug"
	"sync/atomic"
	"syscall"
)

// What is mapped. A reader on another core looks at a page all the time, without a trap: what it sees after
// a call has returned is what its hart has translated, and kept, if nobody has told it to forget that.

const pageSize = 4096

// errFault is that a page could not be read.
var errFault = errors.New("a fault")

// load reads a word that may not be there.
func load(b []byte) (v byte, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			err = errFault
		}
	}()
	return *(*byte)(&b[0]), nil
}

// reading has all cores but the first read a page without an end, and the first one change something
// meanwhile. stale is called, on each of the others, with what it has read after that.
func reading(cores []int, page []byte, change func() error, after func(v byte, err error) error) error {
	var begun atomic.Int32
	var changed atomic.Bool
	return on(cores, func(i int) error {
		if i == 0 {
			for int(begun.Load()) < len(cores)-1 {
			}
			err := change()
			changed.Store(true)
			return err
		}
		v, err := load(page)
		if err != nil {
			return fmt.Errorf("before: %w", err)
		}
		begun.Add(1)
		for !changed.Load() && err == nil {
			_, err = look(page, &changed)
		}
		v, err = load(page)
		return after(v, err)
	})
}

// look reads the page, until something has changed.
func look(page []byte, changed *atomic.Bool) (v byte, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil {
			err = errFault
		}
	}()
	for !changed.Load() {
		v += *(*byte)(&page[0])
	}
	return v, nil
}

// rounds is how often each is looked at.
const rounds = 5

// unmapped looks whether a page that one core has unmapped is gone on the others.
func unmapped(cores []int) error {
	for range rounds {
		page, err := newPage()
		if err != nil {
			return err
		}
		if err := reading(cores, page, func() error { return munmap(page) }, func(v byte, err error) error {
			if err == nil {
				return fmt.Errorf("the page is there yet, with %d in it", v)
			}
			return nil
		}); err != nil {
			return err
		}
	}
	return nil
}

// protected looks whether a page that one core may not read any more the others may not.
func protected(cores []int) error {
	for range rounds {
		page, err := newPage()
		if err != nil {
			return err
		}
		if err := reading(cores, page, func() error { return syscall.Mprotect(page, syscall.PROT_NONE) }, func(v byte, err error) error {
			if err == nil {
				return fmt.Errorf("the page can be read yet: %d", v)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := munmap(page); err != nil {
			return err
		}
	}
	return nil
}

// copied looks whether the others read what one core has written to a page that a child had in common
// with it, which is another page from then on.
func copied(cores []int) error {
	for n := range rounds {
		page, err := newPage()
		if err != nil {
			return err
		}
		child, err := fork()
		if err != nil {
			return err
		}
		value := byte(n + 10)
		if err := reading(cores, page, func() error { page[0] = value; return nil }, func(v byte, err error) error {
			if err != nil || v != value {
				return fmt.Errorf("it has read %d, not %d: %v", v, value, err)
			}
			return nil
		}); err != nil {
			return err
		}
		if err := end(child); err != nil {
			return err
		}
		if err := munmap(page); err != nil {
			return err
		}
	}
	return nil
}

// end kills a child, and waits for its end.
func end(child int) error {
	if err := syscall.Kill(child, syscall.SIGKILL); err != nil {
		return err
	}
	var status syscall.WaitStatus
	_, err := syscall.Wait4(child, &status, 0, nil)
	return err
}

// newPage maps a page with a 1 in it.
func newPage() ([]byte, error) {
	page, err := syscall.Mmap(-1, 0, pageSize, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err == nil {
		page[0] = 1
	}
	return page, err
}

// munmap unmaps a page.
func munmap(page []byte) error { return syscall.Munmap(page) }
