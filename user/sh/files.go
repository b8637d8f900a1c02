package main

import (
	"io"
	"os"
	"sync"

	"mvdan.cc/sh/v3/interp"
)

// files are a program's input, output and errors. What is no file of the shell's is a pipe, of which it reads the other
// end.
type files struct {
	all     [3]*os.File
	passed  []*os.File // that the shell needs no more when the program has them
	kept    []*os.File // from which it reads
	passing sync.WaitGroup
}

// filesOf returns those that the interpreter says. Close is to be called.
func filesOf(hc interp.HandlerContext) (*files, error) {
	f := &files{}
	in, is := hc.Stdin.(*os.File)
	if !is {
		null, err := os.Open(os.DevNull)
		if err != nil {
			return nil, err
		}
		f.passed, in = append(f.passed, null), null
	}
	out, err := f.output(hc.Stdout)
	if err != nil {
		f.close()
		return nil, err
	}
	errors := out
	if hc.Stderr != hc.Stdout {
		if errors, err = f.output(hc.Stderr); err != nil {
			f.close()
			return nil, err
		}
	}
	f.all = [3]*os.File{in, out, errors}
	return f, nil
}

// output returns a file from which all that is written goes to w.
func (f *files) output(w io.Writer) (*os.File, error) {
	if file, is := w.(*os.File); is {
		return file, nil
	}
	r, end, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	f.passed, f.kept = append(f.passed, end), append(f.kept, r)
	f.passing.Go(func() { io.Copy(w, r) })
	return end, nil
}

// numbers returns their descriptors.
func (f *files) numbers() (list []uintptr) {
	for _, file := range f.all {
		list = append(list, file.Fd())
	}
	return list
}

// given says that a program has them.
func (f *files) given() {
	for _, file := range f.passed {
		file.Close()
	}
}

// drain waits until all that was written has gone where it should.
func (f *files) drain() { f.passing.Wait() }

// close ends that: nothing goes anywhere when it returns.
func (f *files) close() {
	f.given()
	for _, file := range f.kept {
		file.Close()
	}
	f.passing.Wait()
}
