package debian

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// meta is the package that depends on the kernel of the day.
const meta = "linux-image-riscv64"

// Kernel returns the path of the image of Debian's kernel, and its version. The folder keeps
// the package; it is fetched if it is not there. say gets a sentence before that.
func Kernel(dir string, say func(string)) (image, version string, err error) {
	s := shelf{dir, "kernel"}
	e, err := s.get(newestKernel, func() { say("Debian's kernel for riscv64 is fetched, which is 120 MB") })
	if err != nil {
		return "", "", fmt.Errorf("there is no Linux to compare with: %w", err)
	}
	data, err := s.unpack(func(name string) bool { return strings.HasPrefix(name, "./boot/vmlinu") })
	if err == nil && !isImage(data) {
		err = fmt.Errorf("the kernel of %s %s has no header of a RISC-V kernel", e.Name, e.Version)
	}
	if err != nil {
		return "", "", err
	}
	image = filepath.Join(dir, "Image")
	return image, e.Version, os.WriteFile(image, data, 0o644)
}

// newestKernel chooses the kernel of the day.
func newestKernel(a apt) (e entry, text string, err error) {
	name := meta
	for range 2 {
		if e, text, err = a.newest(name); err != nil {
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

// isImage looks for the header that firmware and QEMU look for (Linux,
// Documentation/arch/riscv/boot-image-header.rst).
func isImage(data []byte) bool {
	const magic2 = 56
	return len(data) > magic2+4 && bytes.Equal(data[magic2:magic2+4], []byte("RSC\x05"))
}
