package trace

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
)

// Dump is what the console has printed of the rings of a machine.
type Dump struct {
	Rings    []Ring // by core
	Timebase uint64 // ticks of their times a second
}

// dumpLine is a line of trace dump -json: of a ring, or of one of its records.
type dumpLine struct {
	Event         string
	Core          int
	State         string
	Written, Size uint64
	Timebase      uint64
	Time, Head    uint64
	A, B          uint64
}

// maxLine bounds a line of a console's log, bytes.
const maxLine = 1 << 20

// ReadDump reads the log of a console and returns what trace dump -json has printed
// there, of each core the last time. All other lines are passed over. It fails if
// there is none, or if records are missing.
func ReadDump(log io.Reader) (Dump, error) {
	var d Dump
	lines := bufio.NewScanner(log)
	lines.Buffer(nil, maxLine)
	for n := 1; lines.Scan(); n++ {
		text := bytes.TrimSpace(lines.Bytes())
		if !bytes.HasPrefix(text, []byte(`{"event":"trace`)) {
			continue
		}
		var l dumpLine
		err := json.Unmarshal(text, &l)
		if err == nil {
			err = d.take(&l)
		}
		if err != nil {
			return Dump{}, fmt.Errorf("line %d: %w", n, err)
		}
	}
	if err := lines.Err(); err != nil {
		return Dump{}, err
	}
	return d, d.check()
}

// take adds what a line says.
func (d *Dump) take(l *dumpLine) error {
	i, known := slices.BinarySearchFunc(d.Rings, l.Core, func(r Ring, core int) int { return r.Core - core })
	switch {
	case l.Event == "trace":
		if !known {
			d.Rings = slices.Insert(d.Rings, i, Ring{})
		}
		d.Rings[i] = Ring{Core: l.Core, On: l.State == "on", Written: l.Written, Size: l.Size}
		d.Timebase = l.Timebase
	case l.Event == "trace-record" && !known:
		return fmt.Errorf("a record of core %d, of whose ring nothing was said", l.Core)
	case l.Event == "trace-record":
		r := &d.Rings[i]
		r.Records = append(r.Records, Record{Time: l.Time, Head: l.Head, A: l.A, B: l.B})
	}
	return nil
}

// check drops the rings that were spoken of and not dumped.
func (d *Dump) check() error {
	d.Rings = slices.DeleteFunc(d.Rings, func(r Ring) bool { return len(r.Records) == 0 })
	if len(d.Rings) == 0 || d.Timebase == 0 {
		return errors.New("no record of trace dump -json in it")
	}
	for i := range d.Rings {
		if r := &d.Rings[i]; uint64(len(r.Records)) != r.Kept() {
			return fmt.Errorf("core %d has kept %d records, but %d are there", r.Core, r.Kept(), len(r.Records))
		}
	}
	return nil
}
