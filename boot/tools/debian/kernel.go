package debian

import (
	"archive/tar"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// meta is the package that depends on the kernel of the day.
const meta = "linux-image-riscv64"

// Files of the folder.
const (
	packageFile = "kernel.deb"
	entryFile   = "kernel.entry" // of the index
	imageFile   = "Image"
)

// Kernel returns the path of the image of Debian's kernel, and its version. The folder keeps
// the package; it is fetched if it is not there. say gets a sentence before that.
func Kernel(dir string, say func(string)) (image, version string, err error) {
	e, err := kept(dir)
	if errors.Is(err, os.ErrNotExist) {
		say("Debian's kernel for riscv64 is fetched, which is 120 MB")
		e, err = fetch(dir)
	}
	if err != nil {
		return "", "", fmt.Errorf("there is no Linux to compare with: %w", err)
	}
	image = filepath.Join(dir, imageFile)
	return image, e.Version, unpack(filepath.Join(dir, packageFile), image)
}

// kept checks the package in the folder. It fails with os.ErrNotExist if there is none.
func kept(dir string) (e entry, err error) {
	text, err := os.ReadFile(filepath.Join(dir, entryFile))
	if err != nil {
		return e, err
	}
	if e, err = parseEntry(string(text)); err != nil {
		return e, err
	}
	if err := e.check(filepath.Join(dir, packageFile)); err != nil {
		return e, fmt.Errorf("%w; without that file it is fetched anew", err)
	}
	return e, nil
}

// fetch gets the package and its entry. The entry is put down last: a fetch that was
// interrupted is made again.
func fetch(dir string) (e entry, err error) {
	archive, err := hostArchive()
	if err != nil {
		return e, err
	}
	a, err := newApt(filepath.Join(dir, "apt"), archive)
	if err != nil {
		return e, err
	}
	if _, err := a.run("apt-get", "update"); err != nil {
		return e, err
	}
	e, text, err := a.kernel()
	if err != nil {
		return e, err
	}
	if err := a.download(e, filepath.Join(dir, packageFile)); err != nil {
		return e, err
	}
	return e, os.WriteFile(filepath.Join(dir, entryFile), []byte(text), 0o644)
}

// kernel returns the entry of the kernel of the day, and its text.
func (a apt) kernel() (e entry, text string, err error) {
	name := meta
	for range 2 {
		if text, err = a.run("apt-cache", "show", "--no-all-versions", name); err != nil {
			return e, "", err
		}
		if e, err = parseEntry(text); err != nil {
			return e, "", err
		}
		i := slices.IndexFunc(e.Depends, func(d string) bool { return strings.HasPrefix(d, "linux-image-") })
		if i < 0 {
			return e, text, nil
		}
		name = e.Depends[i]
	}
	return e, "", fmt.Errorf("%s leads to %s, which is no kernel", meta, e.Name)
}

// download gets the package of an entry and puts it at a path.
func (a apt) download(e entry, path string) error {
	dir, err := os.MkdirTemp(a.dir, "download")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if _, err := call(dir, "apt-get", append(a.options(), "download", e.Name+"="+e.Version)...); err != nil {
		return err
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.deb"))
	if err != nil || len(files) != 1 {
		return fmt.Errorf("apt-get download left %d packages", len(files))
	}
	if err := e.check(files[0]); err != nil {
		return err
	}
	return os.Rename(files[0], path)
}

// unpack takes the kernel's image out of its package.
func unpack(deb, image string) (err error) {
	cmd := exec.Command("dpkg-deb", "--fsys-tarfile", deb)
	out, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	data, err := kernelOf(out)
	out.Close() // what follows is modules: dpkg-deb ends by its next write
	_ = cmd.Wait()
	if err != nil {
		return fmt.Errorf("%s: %w", deb, err)
	}
	return os.WriteFile(image, data, 0o644)
}

// kernelOf finds the image in the files of a package.
func kernelOf(r io.Reader) ([]byte, error) {
	for files := tar.NewReader(r); ; {
		h, err := files.Next()
		if err != nil {
			return nil, fmt.Errorf("no kernel in it: %w", err)
		}
		if strings.HasPrefix(strings.TrimPrefix(h.Name, "./"), "boot/vmlinu") {
			data, err := io.ReadAll(files)
			if err == nil && !isImage(data) {
				err = fmt.Errorf("%s has no header of a RISC-V kernel", h.Name)
			}
			return data, err
		}
	}
}

// isImage looks for the header that firmware and QEMU look for (Linux,
// Documentation/arch/riscv/boot-image-header.rst).
func isImage(data []byte) bool {
	const magic2 = 56
	return len(data) > magic2+4 && bytes.Equal(data[magic2:magic2+4], []byte("RSC\x05"))
}
