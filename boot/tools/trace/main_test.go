package main

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"atoll/arch/layout"
)

// log writes a console's log in which core 0 sends a ping to core 1, which has received it.
func log(t *testing.T) string {
	t.Helper()
	var b strings.Builder
	for core, k := range []layout.TraceKind{layout.TraceSend, layout.TraceReceive} {
		fmt.Fprintf(&b, `{"event":"trace","by":0,"core":%d,"state":"off","written":1,"kept":1,"size":1024,"timebase":10000000}`+"\r\n", core)
		fmt.Fprintf(&b, `{"event":"trace-record","by":0,"core":%d,"time":%d,"kind":%q,"head":%d,"a":7,"b":0}`+"\r\n",
			core, 50+core, k, layout.TraceHead(k, uint32(1-core)))
	}
	name := filepath.Join(t.TempDir(), "console.log")
	if err := os.WriteFile(name, []byte("OpenSBI\r\n"+b.String()), 0o666); err != nil {
		t.Fatal(err)
	}
	return name
}

func TestRun(t *testing.T) {
	dir := t.TempDir()
	o, err := parse([]string{"-log", log(t), "-json", dir + "/t.json", "-svg", dir + "/t.svg"})
	if err != nil {
		t.Fatal(err)
	}
	var said strings.Builder
	if err := o.run(&said); err != nil {
		t.Fatal(err)
	}
	if said.String() != "2 events of 2 cores, 1 messages with both ends\n" {
		t.Errorf("it says %q", said.String())
	}
	b, err := os.ReadFile(dir + "/t.json")
	if err != nil || !json.Valid(b) || strings.Count(string(b), `"id":"1"`) != 2 {
		t.Errorf("%v\n%s", err, b)
	}
	b, err = os.ReadFile(dir + "/t.svg")
	if err != nil || !strings.HasPrefix(string(b), "<svg") || !strings.Contains(string(b), "receive ping") {
		t.Errorf("%v\n%s", err, b)
	}
}

func TestRunFails(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "empty")
	if err := os.WriteFile(empty, []byte("@0 exit status=0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for want, args := range map[string][]string{
		"no such file":         {"-log", "/nowhere"},
		"no record of trace":   {"-log", empty},
		"no message of type x": {"-log", log(t), "-svg", filepath.Join(t.TempDir(), "x"), "-message", "x"},
		"/nowhere/t.json":      {"-log", log(t), "-json", "/nowhere/t.json"},
		"/nowhere/k":           {"-kernel", "/nowhere/k"},
		"a quote":              {"-run", `echo "x"`},
	} {
		o, err := parse(args)
		if err == nil {
			err = o.run(io.Discard)
		}
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want %s", args, err, want)
		}
	}
}

func TestParse(t *testing.T) {
	o, err := parse([]string{"-smp", "4"})
	if err != nil || o.machine.Harts != 4 || o.message != "ping" || !strings.Contains(o.commands, "trace dump -json") || o.log != "" {
		t.Errorf("%+v, %v", o, err)
	}
	for _, args := range [][]string{{"extra"}, {"-smp", "many"}, {"-unknown"}} {
		if _, err := parse(args); err == nil {
			t.Errorf("%q is accepted", args)
		}
	}
}
