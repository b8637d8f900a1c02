package main

import (
	"os"
	"slices"
	"strings"
	"testing"

	"atoll/boot/tools/newc"
	"atoll/user/archive"
)

// At least forty commands are pinned, and there is a shell.
func TestList(t *testing.T) {
	source, err := os.ReadFile("../../../" + list)
	if err != nil {
		t.Fatal(err)
	}
	all, own, err := choose(string(source), nil)
	if err != nil || len(all) < 40 || !slices.Equal(own, programs) || !slices.Contains(own, "sh") {
		t.Errorf("%d commands, %v", len(all), err)
	}
	some, own, err := choose(string(source), []string{"ls", "sqlite-demo", "cat"})
	if err != nil || !slices.Equal(own, []string{"sqlite-demo"}) || strings.Join(some, " ") != "github.com/u-root/u-root/cmds/core/ls github.com/u-root/u-root/cmds/core/cat" {
		t.Error(some, own, err)
	}
	if _, _, err := choose(string(source), []string{"nothing"}); err == nil {
		t.Error("a command is chosen that is not pinned")
	}
}

// The program has the name of each command, and those by which the first process and the end of the machine are
// looked for. Sabotage: in names, leave out special.
func TestNames(t *testing.T) {
	b, err := newc.Pack(names([]byte("program"), []string{"x/ls", "x/init", "x/shutdown"}))
	if err != nil {
		t.Fatal(err)
	}
	records, err := archive.Records(b)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for r := range records {
		got = append(got, r.Path+"="+string(r.Data))
	}
	want := "bbin= bbin/bb=program bbin/ls=bb bbin/init=bb init=/bbin/init bbin/shutdown=bb bin/reboot=/bbin/shutdown"
	if strings.Join(got, " ") != want {
		t.Errorf("%q, want %q", got, want)
	}
}
