package dts

import (
	"slices"
	"testing"

	"atoll/dts/fdtbuild"
)

func TestFind(t *testing.T) {
	tree := build(t, fdtbuild.Monitor())
	for path, want := range map[string]string{
		"/":                                "/",
		"/soc/serial@10000000":             "/soc/serial@10000000",
		"/soc/serial":                      "/soc/serial@10000000",
		"/cpus/cpu@3":                      "/cpus/cpu@3",
		"serial0":                          "/soc/serial@10000000",
		"/cpus/cpu@1/":                     "/cpus/cpu@1",
		"/cpus/cpu@1/interrupt-controller": "/cpus/cpu@1/interrupt-controller",
		"/soc/serial@1":                    "",
		"serial1":                          "",
		"":                                 "",
		"serial0/nothing":                  "",
	} {
		n := tree.Find(path)
		got := ""
		if n != nil {
			got = n.Path()
		}
		if got != want {
			t.Errorf("Find(%q) = %q, want %q", path, got, want)
		}
	}
}

// An alias that names another alias, or itself, leads nowhere.
func TestAliasOfAlias(t *testing.T) {
	b := fdtbuild.New("x")
	b.Root.Add("aliases").Strings("a", "a").Strings("b", "a/b").Strings("c", "/aliases")
	tree := build(t, b)
	if tree.Find("a") != nil || tree.Find("b") != nil || tree.Find("c") == nil {
		t.Errorf("got %v %v %v", tree.Find("a"), tree.Find("b"), tree.Find("c"))
	}
}

func TestPhandle(t *testing.T) {
	b := fdtbuild.New("x")
	b.Root.Add("one").Cells("phandle", 7)
	b.Root.Add("two").Cells("linux,phandle", 8)
	b.Root.Add("three").Cells("phandle", 7)
	tree := build(t, b)
	if n := tree.Phandle(7); n == nil || n.Name != "one" {
		t.Errorf("phandle 7 is %v, want the first", n)
	}
	if n := tree.Phandle(8); n == nil || n.Name != "two" {
		t.Errorf("phandle 8 is %v", n)
	}
	if n := tree.Phandle(0); n != nil {
		t.Errorf("phandle 0 is %s", n.Path())
	}
}

func TestStatusAndCompatible(t *testing.T) {
	b := fdtbuild.New("x")
	b.Root.Add("a").Strings("compatible", "v,best", "v,good")
	b.Root.Add("b").Strings("compatible", "v,good").Strings("status", "ok")
	b.Root.Add("c").Strings("compatible", "v,good").Strings("status", "fail-code")
	bus := b.Root.Add("d").Strings("status", "disabled")
	bus.Add("e").Strings("compatible", "v,good").Strings("status", "okay")
	tree := build(t, b)
	var names []string
	for _, n := range tree.Compatible("v,good") {
		names = append(names, n.Name)
	}
	if !slices.Equal(names, []string{"a", "b"}) {
		t.Errorf("okay and compatible: %v", names)
	}
	if tree.Find("/d/e").Okay() {
		t.Error("a node below a disabled bus is okay")
	}
	if got := tree.Find("/a").Match("v,good", "v,best"); got != "v,best" {
		t.Errorf("Match = %q, want the node's first", got)
	}
}

func TestProperties(t *testing.T) {
	b := fdtbuild.New("x")
	b.Root.Cells("one", 5).Wide("two", 1<<40).Flag("none").Bytes("three", []byte{1, 2, 3}).
		Bytes("open", []byte("a\x00b")).Strings("gap", "a", "", "b")
	n := build(t, b).Root
	if v, ok := n.U32("one"); !ok || v != 5 {
		t.Errorf("one cell: %d %v", v, ok)
	}
	if v, ok := n.Uint("two"); !ok || v != 1<<40 {
		t.Errorf("two cells: %d %v", v, ok)
	}
	for _, name := range []string{"two", "none", "three", "absent"} {
		if _, ok := n.U32(name); ok {
			t.Errorf("%s passes for one cell", name)
		}
	}
	if _, ok := n.Uint("three"); ok || !n.Has("none") || n.Has("absent") {
		t.Error("three bytes pass for a number, or Has is wrong")
	}
	if got := n.Strings("open"); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("open list: %q", got)
	}
	if got := n.Strings("gap"); !slices.Equal(got, []string{"a", "", "b"}) {
		t.Errorf("list with an empty string: %q", got)
	}
	if n.Strings("none") != nil || n.Text("none") != "" || n.Text("absent") != "" {
		t.Error("an empty value has strings")
	}
}
