package trace

import (
	"fmt"
	"reflect"
	"strings"
	"testing"
)

// header and entry are lines of a dump, as the console prints them.
func header(core, kept int, state string) string {
	return fmt.Sprintf(`{"event":"trace","by":0,"core":%d,"state":%q,"written":%d,"kept":%d,"size":4,"timebase":10000000}`+"\r\n", core, state, kept, kept)
}

func entry(core int, r Record) string {
	return fmt.Sprintf(`{"event":"trace-record","by":0,"core":%d,"time":%d,"kind":"send","head":%d,"a":%d,"b":%d}`+"\n", core, r.Time, r.Head, r.A, r.B)
}

func TestReadDump(t *testing.T) {
	big := Record{Time: 1, Head: 1<<64 - 1, A: 1<<63 + 1, B: 1<<53 + 1} // no floating point keeps these
	log := "OpenSBI\natoll> trace on -json\n" + header(1, 3, "on") + header(0, 3, "on") +
		"atoll> trace dump -json\n" + header(1, 2, "on") + entry(1, trap(5, 6)) + "a line between\n" + entry(1, big) +
		header(0, 1, "off") + entry(0, trap(1, 1)) + "atoll> again\n" + header(0, 1, "off") + entry(0, trap(2, 2)) +
		header(7, 0, "off") + `{"event":"trace-show","by":0}` + "\n" + "@0 exit status=0\n"
	d, err := ReadDump(strings.NewReader(log))
	want := Dump{Timebase: 1e7, Rings: []Ring{
		{Core: 0, Written: 1, Size: 4, Records: []Record{trap(2, 2)}},
		{Core: 1, On: true, Written: 2, Size: 4, Records: []Record{trap(5, 6), big}},
	}}
	if err != nil || !reflect.DeepEqual(d, want) {
		t.Errorf("got  %+v, %v\nwant %+v", d, err, want)
	}
}

func TestReadDumpBad(t *testing.T) {
	for name, c := range map[string]struct{ log, want string }{
		"empty":            {"", "no record of trace dump -json"},
		"off":              {header(0, 0, "off"), "no record of trace dump -json"},
		"cut":              {header(0, 2, "on") + entry(0, trap(1, 1)), "core 0 has kept 2 records, but 1 are there"},
		"too many":         {header(0, 1, "on") + entry(0, trap(1, 1)) + entry(0, trap(1, 1)), "kept 1 records, but 2"},
		"record first":     {"\n" + entry(3, trap(1, 1)), "line 2: a record of core 3, of whose ring nothing was said"},
		"broken line":      {header(0, 1, "on") + `{"event":"trace-record","core":0,"time":-1}`, "line 2: json"},
		"half a line":      {`{"event":"trace","core":0`, "line 1: unexpected end"},
		"endless line":     {strings.Repeat("x", maxLine+1), "token too long"},
		"wrong kind of by": {`{"event":"trace-record","core":"a"}`, "line 1: json"},
	} {
		if d, err := ReadDump(strings.NewReader(c.log)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v", name, d, err)
		}
	}
}
