package dts

import (
	"slices"
	"strings"
	"testing"

	"atoll/dts/fdtbuild"
)

func TestInterrupts(t *testing.T) {
	b := fdtbuild.New("x")
	b.Root.Cells("interrupt-parent", 1)
	b.Root.Add("plic").Cells("#interrupt-cells", 1).Cells("phandle", 1)
	b.Root.Add("aplic").Cells("#interrupt-cells", 2).Cells("phandle", 2)
	bus := b.Root.Add("bus").Cells("interrupt-parent", 2)
	bus.Add("inherits").Cells("interrupts", 5, 4, 6, 4)
	bus.Add("names").Cells("interrupts", 7).Cells("interrupt-parent", 1)
	bus.Add("both").Cells("interrupts", 1, 1).Cells("interrupts-extended", 2, 8, 4, 1, 9)
	bus.Add("none")
	nexus := b.Root.Add("nexus").Cells("#interrupt-cells", 1)
	nexus.Add("below").Cells("interrupts", 3)
	b.Root.Add("outside").Cells("interrupts", 2)
	tree := build(t, b)
	for path, want := range map[string][]string{
		"/bus/inherits": {"/aplic 5 4", "/aplic 6 4"},
		"/bus/names":    {"/plic 7"},
		"/bus/both":     {"/aplic 8 4", "/plic 9"},
		"/bus/none":     nil,
		"/nexus/below":  {"/nexus 3"},
		"/outside":      {"/plic 2"},
	} {
		list, err := tree.Find(path).Interrupts()
		if got := describe(list); err != nil || !slices.Equal(got, want) {
			t.Errorf("%s: got %q, %v, want %q", path, got, err, want)
		}
	}
}

// describe writes interrupts as "controller cell cell".
func describe(list []Interrupt) []string {
	var got []string
	for _, i := range list {
		s := i.Controller.Path()
		for _, c := range i.Cells {
			s += " " + string('0'+rune(c))
		}
		got = append(got, s)
	}
	return got
}

func TestInterruptsRefused(t *testing.T) {
	b := fdtbuild.New("x")
	b.Root.Add("plic").Cells("#interrupt-cells", 1).Cells("phandle", 1)
	b.Root.Add("mute").Cells("phandle", 2)
	b.Root.Add("huge").Cells("phandle", 3).Cells("#interrupt-cells", 0xffffffff)
	b.Root.Add("orphan").Cells("interrupts", 1)
	b.Root.Add("ring").Cells("phandle", 4).Cells("interrupt-parent", 4).Cells("interrupts", 1)
	b.Root.Add("stranger").Cells("interrupts-extended", 1, 5, 99, 1)
	b.Root.Add("cellless").Cells("interrupts-extended", 2, 1)
	b.Root.Add("many").Cells("interrupts-extended", 3, 1)
	b.Root.Add("cut").Cells("interrupts-extended", 1)
	b.Root.Add("odd").Bytes("interrupts-extended", []byte{0, 0})
	tree := build(t, b)
	for path, want := range map[string]string{
		"/orphan":   "without an interrupt parent",
		"/ring":     "without an interrupt parent",
		"/stranger": "no node has",
		"/cellless": "no usable",
		"/many":     "no usable",
		"/cut":      "fewer than",
		"/odd":      "within a cell",
	} {
		_, err := tree.Find(path).Interrupts()
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: got %v, want an error with %q", path, err, want)
		}
	}
	if list, _ := tree.Find("/stranger").Interrupts(); !slices.Equal(describe(list), []string{"/plic 5"}) {
		t.Errorf("the entries before a bad one: %q", describe(list))
	}
}
