// Files looks whether files are what a program of Linux expects: it knows nothing of Atoll.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"time"

	"atoll/user/program"
)

const about = "files: looks whether files, pipes and devices are what programs expect, a line for each check"

func main() { program.Main("files", about, files) }

// check is something that should be so; dir is an empty folder.
type check struct {
	name string
	run  func(dir string) error
}

var checks = []check{
	{"write", write}, {"names", names}, {"links", links}, {"removed", removed}, {"pipe", pipe}, {"deadline", deadline},
	{"devices", devices}, {"proc", proc}, {"cwd", cwd}, {"mapped", mapped}, {"locks", locks},
}

func files(args []string, out io.Writer) error {
	if len(args) == 2 && args[0] == storer {
		return store(args[1])
	}
	if len(args) == 2 && args[0] == locker {
		return lock(args[1])
	}
	if len(args) > 0 {
		return program.Misuse("it takes no arguments")
	}
	failed := 0
	for _, c := range checks {
		dir, err := os.MkdirTemp("", c.name)
		if err == nil {
			err = c.run(dir)
			os.RemoveAll(dir)
		}
		if err != nil {
			failed++
			fmt.Fprintf(out, "files: %s: %v\n", c.name, err)
			continue
		}
		fmt.Fprintf(out, "files: %s ok\n", c.name)
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d checks failed", failed, len(checks))
	}
	return nil
}

// expect compares what there is with what should be.
func expect(what string, got, want any) error {
	if g, w := fmt.Sprint(got), fmt.Sprint(want); g != w {
		return fmt.Errorf("%s is %.80q, not %.80q", what, g, w)
	}
	return nil
}

// write writes a file in several ways and reads it.
func write(dir string) error {
	path := filepath.Join(dir, "f")
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString("hello")
	_, err2 := f.WriteAt([]byte("J"), 0)
	_, err3 := f.WriteAt([]byte("!"), 10000)
	if err := errors.Join(err, err2, err3, f.Truncate(10002)); err != nil {
		return err
	}
	a, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	_, err = a.WriteString("end")
	b, err2 := os.ReadFile(path)
	if err := errors.Join(err, a.Close(), err2); err != nil {
		return err
	}
	want := "Jello" + strings.Repeat("\x00", 9995) + "!\x00end"
	at, err := f.Seek(-3, io.SeekEnd)
	rest, err2 := io.ReadAll(f)
	return errors.Join(err, err2, expect("the file", string(b), want), expect("the position", at, 10002), expect("the rest", string(rest), "end"))
}

// names makes, lists, moves and removes names.
func names(dir string) error {
	sub := filepath.Join(dir, "a", "b")
	err := errors.Join(os.MkdirAll(sub, 0o755), os.WriteFile(filepath.Join(sub, "x"), nil, 0o640), os.Rename(sub, filepath.Join(dir, "c")))
	list, err2 := os.ReadDir(dir)
	if err := errors.Join(err, err2); err != nil {
		return err
	}
	s, err := os.Stat(filepath.Join(dir, "c", "x"))
	if err != nil {
		return err
	}
	err = os.Remove(filepath.Join(dir, "c"))
	return errors.Join(
		expect("the folder", list, "[d a/ d c/]"), expect("the mode", s.Mode(), "-rw-r-----"),
		expect("removing what is not empty", errors.Is(err, syscall.ENOTEMPTY), true),
		expect("what is not there", errors.Is(os.Remove(sub), os.ErrNotExist), true),
	)
}

// links makes links of both kinds.
func links(dir string) error {
	f, s, h := filepath.Join(dir, "f"), filepath.Join(dir, "s"), filepath.Join(dir, "h")
	err := errors.Join(os.WriteFile(f, []byte("x"), 0o644), os.Symlink("f", s), os.Link(f, h), os.WriteFile(h, []byte("new"), 0o644))
	b, err2 := os.ReadFile(s)
	target, err3 := os.Readlink(s)
	info, err4 := os.Lstat(s)
	if err := errors.Join(err, err2, err3, err4, os.Symlink("round", filepath.Join(dir, "round"))); err != nil {
		return err
	}
	_, err = os.Stat(filepath.Join(dir, "round"))
	return errors.Join(
		expect("the link", target, "f"), expect("its file", string(b), "new"), expect("its type", info.Mode().Type(), os.ModeSymlink),
		expect("a link to itself", errors.Is(err, syscall.ELOOP), true),
	)
}

// removed reads a file whose name is gone.
func removed(dir string) error {
	f, err := os.Create(filepath.Join(dir, "f"))
	if err != nil {
		return err
	}
	defer f.Close()
	_, err = f.WriteString("still there")
	err2 := os.Remove(f.Name())
	b := make([]byte, 20)
	n, err3 := f.ReadAt(b, 0)
	if err3 == io.EOF {
		err3 = nil
	}
	return errors.Join(err, err2, err3, expect("the file", string(b[:n]), "still there"))
}

// pipe sends more than fits, and writes when nobody reads any more.
func pipe(string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	sent := bytes.Repeat([]byte("0123456789abcdef"), 20_000)
	go func(w *os.File) {
		w.Write(sent)
		w.Close()
	}(w)
	got, err := io.ReadAll(r)
	if err != nil || !bytes.Equal(got, sent) {
		return fmt.Errorf("%d bytes have come of %d (%v)", len(got), len(sent), err)
	}
	r, w, err = os.Pipe()
	if err != nil {
		return err
	}
	r.Close()
	defer w.Close()
	_, err = w.Write(sent)
	return expect("a write to nobody", errors.Is(err, syscall.EPIPE), true)
}

// deadline waits for a pipe with an end to that.
func deadline(string) error {
	r, w, err := os.Pipe()
	if err != nil {
		return err
	}
	defer r.Close()
	defer w.Close()
	r.SetReadDeadline(time.Now().Add(10 * time.Millisecond))
	var b [1]byte
	_, err = r.Read(b[:])
	if err := expect("the time", errors.Is(err, os.ErrDeadlineExceeded), true); err != nil {
		return err
	}
	r.SetReadDeadline(time.Time{})
	time.AfterFunc(5*time.Millisecond, func() { w.WriteString("x") })
	_, err = r.Read(b[:])
	return errors.Join(err, expect("the byte", b[0], 'x'))
}

// devices reads and writes devices.
func devices(string) error {
	zeros := make([]byte, 100)
	zeros[50] = 1
	zero, err := os.Open("/dev/zero")
	if err != nil {
		return err
	}
	defer zero.Close()
	_, err = io.ReadFull(zero, zeros)
	null, err2 := os.ReadFile("/dev/null")
	err3 := os.WriteFile("/dev/null", zeros, 0)
	full := os.WriteFile("/dev/full", zeros, 0)
	info, err4 := os.Stat("/dev/urandom")
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return err
	}
	return errors.Join(
		expect("zeros", bytes.Count(zeros, []byte{0}), 100), expect("null", len(null), 0),
		expect("full", errors.Is(full, syscall.ENOSPC), true), expect("a device", info.Mode().Type(), os.ModeDevice|os.ModeCharDevice),
	)
}

// proc reads what a process is told of itself. Its state is the first thread's, which may sleep.
func proc(string) error {
	_, err := os.Readlink("/proc/self/exe")
	stat, err2 := os.ReadFile("/proc/self/stat")
	memory, err3 := os.ReadFile("/proc/meminfo")
	open, err4 := os.ReadDir("/proc/self/fd")
	if err := errors.Join(err, err2, err3, err4); err != nil {
		return err
	}
	name := filepath.Base(os.Args[0])
	want := fmt.Sprintf("%d (%s) ", os.Getpid(), name[:min(len(name), 15)])
	return errors.Join(
		expect("the process", strings.HasPrefix(string(stat), want), true),
		expect("the memory", strings.HasPrefix(string(memory), "MemTotal:"), true),
		expect("the open files", len(open) > 3, true),
	)
}

// cwd works in another folder.
func cwd(dir string) error {
	old, err := os.Getwd()
	if err != nil {
		return err
	}
	defer os.Chdir(old)
	if err := os.Chdir(dir); err != nil {
		return err
	}
	now, err := os.Getwd()
	err2 := os.WriteFile("f", []byte("x"), 0o644)
	_, err3 := os.Stat(filepath.Join(dir, "f"))
	return errors.Join(err, err2, err3, expect("the folder", now, dir))
}
