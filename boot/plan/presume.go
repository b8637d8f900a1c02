package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"

	"atoll/arch/layout"
	"atoll/dts"
)

// presumedGap is how far above the lowest RAM firmware puts an image: the load
// offset in our image's header, and what OpenSBI's generic builds jump to.
const presumedGap = layout.MegaPage

// Presume returns the input for a machine that is not running, with the image, of so
// many bytes, and the device tree where firmware most likely puts them, and the lowest
// usable hart booting. It fails, with a sentence, if the tree has no memory or no
// usable hart.
func Presume(tree *dts.Tree, image uint64) (Input, error) {
	mem, err := tree.Memory()
	if len(mem) == 0 {
		return Input{}, errors.Join(errors.New("the device tree describes no memory"), err)
	}
	first := slices.MinFunc(mem, func(a, b dts.Memory) int { return cmp.Compare(a.Base, b.Base) })
	base := Range(first.Region).inward(layout.MegaPage).Base
	in := Input{Tree: tree, Image: Range{base + presumedGap, image}}
	in.Scratch = Range{in.Image.End(), layout.Scratch}
	// High, but where a 32-bit address reaches it.
	high := min(first.Size, layout.GigaPage) &^ (layout.MegaPage - 1)
	in.Blob = Range{base + high - min(high, layout.MegaPage), uint64(tree.Size())}
	cpus, err := tree.CPUs()
	var why []string
	for _, c := range cpus {
		clause := unusable(tree, c)
		if clause == "" {
			in.BootHart = c.Hart
			return in, nil
		}
		why = append(why, fmt.Sprintf("hart %d: %s", c.Hart, clause))
	}
	return in, errors.Join(fmt.Errorf("no hart can be used (%s)", strings.Join(why, "; ")), err)
}
