package debian

import (
	"os"
	"path"
	"path/filepath"
)

// Program returns the path of a program out of a package, as which it is named in there:
// "usr/bin/busybox". The folder keeps the package; it is fetched if it is not there.
func Program(dir, name, file string) (program string, err error) {
	s := shelf{dir, name}
	newest := func(a apt) (entry, string, error) { return a.newest(name) }
	if _, err := s.get(newest, func() {}); err != nil {
		return "", err
	}
	data, err := s.unpack(func(n string) bool { return path.Clean(n) == file })
	if err != nil {
		return "", err
	}
	program = filepath.Join(dir, path.Base(file))
	return program, os.WriteFile(program, data, 0o755)
}
