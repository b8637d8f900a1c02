package qemurun

import (
	"fmt"
	"slices"
	"strings"
)

// imitated are the machines that QEMU imitates and that `make run BOARD=` knows. None
// but virt can power itself off with a status, so the other boards get semihosting.
var imitated = []struct {
	name    string
	machine Machine
}{
	{"virt", Machine{}},
	// The same, with the boot loader that most boards have.
	{"virt-uboot", Machine{UBoot: true}},
	// Hart 0 is a monitor core without an MMU; QEMU makes the tree.
	{"sifive_u", Machine{Type: "sifive_u", Harts: 5, Mem: "1G", Semihosting: true}},
	// Hart 0 likewise. QEMU makes no tree, and no machine with less memory.
	{"icicle", Machine{
		Type: "microchip-icicle-kit", Harts: 5, Mem: "2G", Serial: 1,
		Source: "icicle-qemu", Semihosting: true,
	}},
}

// Board returns the machine of a board that QEMU imitates, by the name that the
// setting BOARD has; "" is virt.
func Board(name string) (Machine, error) {
	if name == "" {
		name = "virt"
	}
	var names []string
	for _, b := range imitated {
		if b.name == name {
			m := b.machine
			m.Options = slices.Clone(m.Options)
			return m.defaults(), nil
		}
		names = append(names, b.name)
	}
	return Machine{}, fmt.Errorf("BOARD=%s is no board that QEMU imitates; there are %s", name, strings.Join(names, ", "))
}
