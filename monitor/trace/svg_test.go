package trace

import (
	"bytes"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"

	"atoll/arch/layout"
)

// record makes a record of a kind with its first argument.
func record(at uint64, kind layout.TraceKind, arg uint32) Record {
	return Record{Time: at, Head: layout.TraceHead(kind, arg)}
}

// pinged makes what two cores record of a ping that wakes the receiver, and a third
// core that has nothing to do with it.
func pinged() []Ring {
	ping := send(100, 1, 4)
	pong := Record{Time: 390, Head: layout.TraceHead(layout.TraceSend, 0), A: 9<<48 | 8}
	ponged := Record{Time: 900, Head: layout.TraceHead(layout.TraceReceive, 1), A: 9<<48 | 8}
	return []Ring{
		{Core: 0, Records: []Record{
			trap(90, 1), ping, record(150, layout.TraceDoorbellSent, 1),
			trap(205, 1), trap(206, 2), trap(207, 3), ponged, record(950, layout.TraceSleep, 0),
		}},
		{Core: 1, Records: []Record{
			record(95, layout.TraceSleep, 0), record(180, layout.TraceWake, 0), record(181, layout.TraceDoorbellTaken, 0),
			record(190, layout.TraceSwitch, 3), record(200, layout.TraceDispatch, 1), receive(300, 0, 4), pong,
		}},
		{Core: 2, Records: []Record{send(120, 1, 4), record(250, layout.TraceDoorbellSent, 1)}},
	}
}

func TestTell(t *testing.T) {
	s, err := Tell(Merge(pinged()), 1e9, "ping", 0)
	if err != nil {
		t.Fatal(err)
	}
	if s.From != 0 || s.To != 1 || len(s.Events) != 12 || s.Answer != 11 || len(s.Flows) != 2 || s.Events[0].Kind() != layout.TraceSend {
		t.Errorf("%+v", s)
	}
	for _, e := range s.Events {
		if e.Core == 2 {
			t.Errorf("it has an event of core 2: %+v", e)
		}
	}
	if b := s.bells(); len(b) != 1 || s.Events[b[0].Send].Time != 150 || s.Events[b[0].Receive].Time != 181 {
		t.Errorf("doorbells %v", b)
	}
	if s, err = Tell(Merge(pinged()[:2]), 1e9, "pong", 1); err != nil || s.From != 1 || s.Answer != -1 || len(s.Flows) != 1 {
		t.Errorf("pong: %+v, %v", s, err)
	}
	if _, err = Tell(Merge(pinged()), 1e9, "beat", 0); err == nil || !strings.Contains(err.Error(), "no message of type beat that core 0 sent") {
		t.Errorf("beat: %v", err)
	}
	if _, err = Tell(nil, 0, "ping", 0); err == nil {
		t.Error("nothing has a story")
	}
}

// draw draws a story and reads the drawing back as XML: the names of its elements, by
// how many there are, and its text.
func draw(t *testing.T, s *Story) (count map[string]int, text string) {
	t.Helper()
	var b, again bytes.Buffer
	if err := Draw(&b, s); err != nil {
		t.Fatal(err)
	}
	if err := Draw(&again, s); err != nil || again.String() != b.String() {
		t.Errorf("drawn twice, it is not the same: %v", err)
	}
	count = map[string]int{}
	in := xml.NewDecoder(&b)
	for {
		token, err := in.Token()
		if err == io.EOF {
			return count, text
		}
		if err != nil {
			t.Fatalf("no XML: %v", err)
		}
		switch token := token.(type) {
		case xml.StartElement:
			count[token.Name.Local]++
			if token.Name.Space != "http://www.w3.org/2000/svg" {
				t.Errorf("%v is not of SVG", token.Name)
			}
		case xml.CharData:
			text += string(token) + "\n"
		}
	}
}

func TestDraw(t *testing.T) {
	s, err := Tell(Merge(pinged()), 1e9, "ping", 0)
	if err != nil {
		t.Fatal(err)
	}
	count, text := draw(t, &s)
	// Rows: 12 events, of which three traps are one. Paths: two arrow heads, lifelines
	// of one part for core 0 and of two for core 1, a doorbell, ping and pong.
	if count["circle"] != 10 || count["path"] != 2+1+2+3 || count["svg"] != 1 {
		t.Errorf("%v", count)
	}
	for _, want := range []string{"send ping, number 4", "receive pong, number 9", "doorbell taken", "event loop: doorbell",
		"3 traps and thread switches", "thread 3 runs", "0.1 us", "The way of a ping from core 0 to core 1 and of its answer"} {
		if !strings.Contains(text, "\n"+want+"\n") {
			t.Errorf("%q is missing in\n%s", want, text)
		}
	}
	if err := Draw(io.Discard, &Story{}); !errors.Is(err, errNoStory) {
		t.Errorf("no events: %v", err)
	}
}

// Whatever is in the rings, a story can be drawn.
func TestDrawAnything(t *testing.T) {
	for seed := range uint64(20) {
		rings, _ := traffic(seed)
		for i := range rings {
			for k := range rings[i].Records {
				if r := &rings[i].Records[k]; r.Kind() == layout.TraceTrap {
					r.Head = (seed*31 + uint64(k)) * 0x9e3779b97f4a7c15
					if r.Kind() == layout.TraceSend || r.Kind() == layout.TraceReceive {
						r.Head = 99
					}
				}
			}
		}
		s, err := Tell(Merge(rings), 1e7, "ping", 0)
		if err != nil {
			t.Fatal(err)
		}
		draw(t, &s)
	}
}
