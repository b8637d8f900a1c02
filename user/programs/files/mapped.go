package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"syscall"

	"atoll/user/program"
)

// mappedPages is how many pages of a file are mapped.
const mappedPages = 2

// mapped maps a file in common with another process, and stores to it.
func mapped(dir string) error {
	path, page := filepath.Join(dir, "mapped"), os.Getpagesize()
	if err := os.WriteFile(path, make([]byte, mappedPages*page), 0o644); err != nil {
		return err
	}
	f, b, err := mapFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	defer syscall.Munmap(b)
	copy(b, "parent")
	cmd := program.Again(storer, path)
	cmd.Stderr = os.Stderr
	if err := cmd.Run(); err != nil {
		return err
	}
	if err := expect("what another process has stored", string(b[page:page+5]), "child"); err != nil {
		return err
	}
	read := make([]byte, 6)
	f.ReadAt(read, 0)
	if err := expect("what is read of the file", string(read), "parent"); err != nil {
		return err
	}
	if err := f.Truncate(int64(page)); err != nil {
		return err
	}
	if err := expect("a load of what was cut off faults", faults(func() byte { return b[page] }), true); err != nil {
		return err
	}
	return expect("a load of what is left faults", faults(func() byte { return b[0] }), false)
}

// storer is the argument with which the program calls itself to store to a file that is mapped.
const storer = "store"

// store looks what another process has stored to a file, and stores to it, too.
func store(path string) error {
	f, b, err := mapFile(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if string(b[:6]) != "parent" {
		return errors.New("what the parent has stored is not there")
	}
	copy(b[os.Getpagesize():], "child")
	return nil
}

func mapFile(path string) (*os.File, []byte, error) {
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		return nil, nil, err
	}
	b, err := syscall.Mmap(int(f.Fd()), 0, mappedPages*os.Getpagesize(), syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_SHARED)
	return f, b, err
}

// faults reports whether a load ends with a signal.
func faults(load func() byte) (is bool) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() { is = recover() != nil }()
	load()
	return false
}
