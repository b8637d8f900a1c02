package main

import (
	"os"

	"mvdan.cc/sh/v3/interp"
)

// files are a program's input, output and errors.
type files struct {
	all  [3]*os.File
	null *os.File // in place of what is closed, or nil
}

// filesOf returns those that the interpreter says. Close is to be called.
func filesOf(hc interp.HandlerContext) (*files, error) {
	f := &files{}
	for i, end := range []any{hc.Stdin, hc.Stdout, hc.Stderr} {
		if f.all[i] = fileOf(end); f.all[i] != nil {
			continue
		}
		if err := f.openNull(); err != nil {
			return nil, err
		}
		f.all[i] = f.null
	}
	return f, nil
}

// fileOf returns the file that the interpreter has for input or output, or nil for one that is closed.
func fileOf(end any) *os.File {
	switch end := end.(type) {
	case *os.File:
		return end
	case *closing:
		return end.File
	}
	return nil
}

// openNull opens what has nothing to read and takes all.
func (f *files) openNull() (err error) {
	if f.null == nil {
		f.null, err = os.OpenFile(os.DevNull, os.O_RDWR, 0)
	}
	return err
}

// numbers returns their descriptors.
func (f *files) numbers() (list []uintptr) {
	for _, file := range f.all {
		list = append(list, file.Fd())
	}
	return list
}

// close closes what was opened for them.
func (f *files) close() { f.null.Close() }
