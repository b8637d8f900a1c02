package dts

import (
	"slices"
	"strings"
	"testing"

	"atoll/dts/fdtbuild"
)

func TestRegTranslated(t *testing.T) {
	b := fdtbuild.New("x")
	outer := b.Root.Add("outer").Cells("#address-cells", 1).Cells("#size-cells", 1).
		// 0x0+0x1000 at 0x1_0000_0000, 0x8000+0x8000 at 0x2_0000_0000
		Cells("ranges", 0, 1, 0, 0x1000, 0x8000, 2, 0, 0x8000)
	inner := outer.Add("inner").Cells("#address-cells", 2).Cells("#size-cells", 2).
		Cells("ranges", 0, 0, 0x9000, 0, 0x100)
	inner.Add("dev").Wide("reg", 0x10, 0x20)
	outer.Add("low").Cells("reg", 0x100, 0x10)
	outer.Add("across").Cells("reg", 0xff0, 0x20)
	outer.Add("gap").Cells("reg", 0x2000, 0x10)
	b.Root.Add("closed").Cells("#address-cells", 1).Cells("#size-cells", 0).Add("i2c@9").Cells("reg", 9)
	b.Root.Add("top").Wide("reg", 1<<40, 0x1000, 1<<41, 1)
	tree := build(t, b)
	for path, want := range map[string][]Region{
		"/outer/inner/dev": {{0x2_0000_1010, 0x20}},
		"/outer/low":       {{0x1_0000_0100, 0x10}},
		"/outer/across":    nil,
		"/outer/gap":       nil,
		"/closed/i2c@9":    nil,
		"/top":             {{1 << 40, 0x1000}, {1 << 41, 1}},
	} {
		got, err := tree.Find(path).Reg()
		if !slices.Equal(got, want) || (err == nil) != (want != nil) {
			t.Errorf("%s: got %v, %v, want %v", path, got, err, want)
		}
	}
	if raw, err := tree.Find("/closed/i2c@9").Raw(); err != nil || raw[0] != (Region{9, 0}) {
		t.Errorf("raw address: %v %v", raw, err)
	}
	if regs, err := tree.Find("/outer").Reg(); regs != nil || err != nil {
		t.Errorf("a node without reg: %v %v", regs, err)
	}
}

func TestRegRefused(t *testing.T) {
	for name, c := range map[string]struct {
		make func(bus *fdtbuild.Node)
		want string
	}{
		"three cells": {func(n *fdtbuild.Node) {
			n.Cells("#address-cells", 3).Cells("#size-cells", 2).Add("d").Cells("reg", 0, 0, 0, 0, 0)
		}, "not decoded"},
		"no address": {func(n *fdtbuild.Node) { n.Cells("#address-cells", 0).Add("d").Cells("reg", 0) }, "not decoded"},
		"odd length": {func(n *fdtbuild.Node) { n.Add("d").Cells("reg", 0, 1, 2) }, "entries"},
		"wrap":       {func(n *fdtbuild.Node) { n.Add("d").Wide("reg", 1<<63, 1<<63) }, "wraps"},
		"too many": {func(n *fdtbuild.Node) {
			n.Add("d").Wide("reg", make([]uint64, 2*(maxEntries+1))...)
		}, "entries"},
		"odd ranges": {func(n *fdtbuild.Node) { n.Cells("ranges", 1, 2, 3).Add("d").Wide("reg", 0, 1) }, "entries"},
		"wrap above": {func(n *fdtbuild.Node) {
			n.Wide("ranges", 0, ^uint64(0)-15, 0x1000).Add("d").Wide("reg", 8, 0x100)
		}, "wraps"},
		"range that wraps": {func(n *fdtbuild.Node) {
			n.Wide("ranges", 1<<63, 0, ^uint64(0)).Add("d").Wide("reg", 8, 8)
		}, "do not hold"},
		"wide ranges": {func(n *fdtbuild.Node) {
			n.Cells("#size-cells", 0).Cells("ranges", 0, 0, 0, 0).Add("d").Wide("reg", 0)
		}, "not decoded"},
	} {
		b := fdtbuild.New("x")
		bus := b.Root.Add("bus").Cells("#address-cells", 2).Cells("#size-cells", 2).Flag("ranges")
		c.make(bus)
		regs, err := build(t, b).Find("/bus/d").Reg()
		if err == nil || regs != nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, %v, want an error with %q", name, regs, err, c.want)
		}
	}
}
