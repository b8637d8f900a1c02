package debian

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
)

// shelf is where a folder keeps a package: NAME.deb, and NAME.entry, its entry of the index.
type shelf struct{ dir, name string }

func (s shelf) deb() string { return filepath.Join(s.dir, s.name+".deb") }

func (s shelf) entry() string { return filepath.Join(s.dir, s.name+".entry") }

// choice finds a package in the index: its entry, and that entry's text.
type choice func(a apt) (entry, string, error)

// get returns the entry of the package that is there, or fetches the one of the choice. say is
// called before that.
func (s shelf) get(choose choice, say func()) (entry, error) {
	e, err := s.kept()
	if errors.Is(err, os.ErrNotExist) {
		say()
		return s.fetch(choose)
	}
	return e, err
}

// kept checks the package that is there. It fails with os.ErrNotExist if there is none.
func (s shelf) kept() (e entry, err error) {
	text, err := os.ReadFile(s.entry())
	if err != nil {
		return e, err
	}
	if e, err = parseEntry(string(text)); err != nil {
		return e, err
	}
	if err := e.check(s.deb()); err != nil {
		return e, fmt.Errorf("%w; without that file it is fetched anew", err)
	}
	return e, nil
}

// fetch gets the package and its entry. The entry is put down last: a fetch that was
// interrupted is made again.
func (s shelf) fetch(choose choice) (e entry, err error) {
	archive, err := hostArchive()
	if err != nil {
		return e, err
	}
	a, err := newApt(filepath.Join(s.dir, "apt"), archive)
	if err != nil {
		return e, err
	}
	if _, err := a.run("apt-get", "update"); err != nil {
		return e, err
	}
	e, text, err := choose(a)
	if err != nil {
		return e, err
	}
	if err := a.download(e, s.deb()); err != nil {
		return e, err
	}
	return e, os.WriteFile(s.entry(), []byte(text), 0o644)
}

// unpack takes the first file that is wanted out of the package. Names begin with "./".
func (s shelf) unpack(wanted func(name string) bool) (data []byte, err error) {
	cmd := exec.Command("dpkg-deb", "--fsys-tarfile", s.deb())
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	data, err = find(out, wanted)
	out.Close() // what follows is not of use: dpkg-deb ends by its next write
	_ = cmd.Wait()
	if err != nil {
		err = fmt.Errorf("%s: %w", s.deb(), err)
	}
	return data, err
}

// find reads the first file of a tar archive that is wanted.
func find(r io.Reader, wanted func(name string) bool) ([]byte, error) {
	for files := tar.NewReader(r); ; {
		h, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("what is wanted is not in it: %w", err)
		}
		if h.Typeflag == tar.TypeReg && wanted(h.Name) {
			return io.ReadAll(files)
		}
	}
}
