package boards

import (
	"fmt"
	"slices"
)

// maxTree is more than any tree of ours is long, with what a boot loader adds.
const maxTree = 64 << 10

// span is a range of physical addresses that must not be written twice.
type span struct {
	what       string
	base, size uint64
}

// Check returns an error if something that the boot loader loads would lie over
// something else. file is the length of the kernel's file in bytes, unpacked; the Image in
// it runs at RAM plus textOffset and takes imageSize bytes there; initrd is the length of
// the initial RAM disk.
//
// The kernel's file may lie where the Image then runs: the boot loader moves it.
func (l Loads) Check(file, textOffset, imageSize, initrd uint64) error {
	others := []span{
		{"the kernel as unpacked", l.Comp, file},
		{"the device tree", l.FDT, maxTree},
		{"the device tree as loaded", l.Tree, maxTree},
		{"the initial RAM disk", l.Ramdisk, initrd},
		{"extlinux.conf", l.Pxefile, 4096},
		{"a script", l.Script, 4096},
	}
	others = slices.DeleteFunc(others, func(s span) bool { return s.base == 0 || s.size == 0 })
	for _, k := range []span{{"the kernel's file", l.Kernel, file}, {"the kernel", l.RAM + textOffset, imageSize}} {
		if end := k.base + k.size; k.base < l.RAM || end > l.End {
			return fmt.Errorf("%s: %s, %#x..%#x, leaves the memory %#x..%#x", l.Loader, k.what, k.base, end, l.RAM, l.End)
		}
		for _, o := range others {
			if k.base < o.base+o.size && o.base < k.base+k.size {
				return fmt.Errorf("%s: %s, %#x..%#x, reaches %s at %#x", l.Loader, k.what, k.base, k.base+k.size, o.what, o.base)
			}
		}
	}
	for i, a := range others {
		for _, b := range others[i+1:] {
			if a.base < b.base+b.size && b.base < a.base+a.size {
				return fmt.Errorf("%s: %s at %#x reaches %s at %#x", l.Loader, a.what, a.base, b.what, b.base)
			}
		}
		if a.what == "the initial RAM disk" && a.base+a.size > l.End {
			return fmt.Errorf("%s: %s, %#x..%#x, leaves the memory %#x..%#x", l.Loader, a.what, a.base, a.base+a.size, l.RAM, l.End)
		}
	}
	return nil
}
