package trace

import (
	"bytes"
	"fmt"
	"io"

	"atoll/arch/layout"
	"atoll/monitor/message"
)

// Places of the drawing, in its own units.
const (
	svgWidth  = 900
	svgTop    = 96 // of the first row
	svgRow    = 27
	svgBottom = 58 // below the last row
	svgTime   = 92 // right edge of the times
	svgLeft   = 350
	svgRight  = 610
)

// Colours. All of it stands on a ground of its own, so that the page behind may be
// light or dark.
const (
	groundColour = "#0f4c5c"
	lineColour   = "#5fb3c4"
	textColour   = "#ffffff"
	faintColour  = "#a9cdd6"
	flowColour   = "#f2dfae"
	bellColour   = "#f4a261"
)

// Draw writes a story as a sequence diagram in SVG: time goes down, a row for each
// event, arrows for messages and doorbells. The same story gives the same bytes.
func Draw(w io.Writer, s *Story) error {
	if len(s.Events) == 0 {
		return errNoStory
	}
	d := drawing{story: s, rows: s.rows()}
	d.row = make([]int, len(s.Events))
	for i, r := range d.rows {
		for e := r.first; e < r.first+r.count; e++ {
			d.row[e] = i
		}
	}
	d.frame()
	d.lifelines()
	for i := range d.rows {
		d.label(i)
	}
	for _, f := range s.bells() {
		d.arrow(f, bellColour, "doorbell", ` stroke-dasharray="5 5"`)
	}
	for _, f := range s.Flows {
		d.arrow(f, flowColour, message.Name(uint16(s.Events[f.Send].A)), "")
	}
	d.printf("</svg>\n")
	_, err := w.Write(d.out.Bytes())
	return err
}

// drawing is a picture on its way.
type drawing struct {
	story *Story
	rows  []row
	row   []int // of each event
	out   bytes.Buffer
}

// row is one event, or several of one core that matter little.
type row struct{ first, count int }

// few is how many events that matter little have rows of their own.
const few = 2

// minor reports whether an event matters little to the way of a message.
func minor(e *Event) bool { return e.Kind() == layout.TraceTrap || e.Kind() == layout.TraceSwitch }

// rows puts the events into rows.
func (s *Story) rows() (rows []row) {
	for i := 0; i < len(s.Events); {
		n := 0
		for i+n < len(s.Events) && minor(&s.Events[i+n]) && s.Events[i+n].Core == s.Events[i].Core {
			n++
		}
		if n <= few {
			n = 1
		}
		rows = append(rows, row{i, n})
		i += n
	}
	return rows
}

func (d *drawing) printf(format string, args ...any) { fmt.Fprintf(&d.out, format, args...) }

// text writes a text. It is of our own words and of numbers, so that there is no markup
// to escape.
func (d *drawing) text(x, y int, attributes, text string) {
	d.printf("<text x=\"%d\" y=\"%d\"%s>%s</text>\n", x, y, attributes, text)
}

// x is the lifeline of a core, y the middle of a row.
func (d *drawing) x(core int) int {
	if core == d.story.From {
		return svgLeft
	}
	return svgRight
}

func y(row int) int { return svgTop + row*svgRow }

// height is that of the whole drawing.
func (d *drawing) height() int { return y(len(d.rows)-1) + svgBottom }

// frame writes the beginning: ground, heads, and the sentence at the foot.
func (d *drawing) frame() {
	s := d.story
	name := message.Name(s.Type)
	title := fmt.Sprintf("The way of a %s from core %d to core %d", name, s.From, s.To)
	if s.Answer >= 0 {
		title += " and of its answer"
	}
	d.printf("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" role=\"img\" aria-labelledby=\"t d\" font-family=\"system-ui, Helvetica, Arial, sans-serif\" font-size=\"13\">\n", svgWidth, d.height())
	d.printf("<title id=\"t\">%s</title>\n", title)
	d.printf("<desc id=\"d\">Time goes down, with a row for each event of the two cores. Solid arrows are messages, dashed ones doorbells; a lifeline is dotted while its hart sleeps.</desc>\n")
	d.printf("<defs>\n")
	for _, c := range []struct{ id, colour string }{{"message", flowColour}, {"bell", bellColour}} {
		d.printf("<marker id=\"%s\" viewBox=\"0 0 10 10\" refX=\"9\" refY=\"5\" markerWidth=\"8\" markerHeight=\"8\" orient=\"auto\"><path d=\"M0 0L10 5L0 10Z\" fill=\"%s\"/></marker>\n", c.id, c.colour)
	}
	d.printf("</defs>\n<rect width=\"%d\" height=\"%d\" rx=\"14\" fill=\"%s\"/>\n", svgWidth, d.height(), groundColour)
	d.text(24, 32, attr(textColour, "start")+` font-size="17" font-weight="bold"`, title)
	d.text(24, 64, attr(faintColour, "start"), "since the send")
	d.text(svgLeft, 64, attr(textColour, "middle")+` font-weight="bold"`, fmt.Sprintf("core %d", s.From))
	d.text(svgRight, 64, attr(textColour, "middle")+` font-weight="bold"`, fmt.Sprintf("core %d", s.To))
	d.text(24, d.height()-18, attr(faintColour, "start"), "Times are those of one run. Rows follow one another; they are not to scale. Dotted: the hart sleeps.")
}

// attr gives colour and anchor of a text.
func attr(colour, anchor string) string {
	return fmt.Sprintf(" fill=%q text-anchor=%q", colour, anchor)
}

// lifelines draws the cores' lines, dotted where their hart sleeps.
func (d *drawing) lifelines() {
	last := len(d.rows) - 1
	for _, core := range []int{d.story.From, d.story.To} {
		from, asleep := 0, d.asleepAtFirst(core)
		for i := range d.story.Events {
			e := &d.story.Events[i]
			if e.Core != core || e.Kind() != layout.TraceSleep && e.Kind() != layout.TraceWake {
				continue
			}
			d.lifeline(core, y(from), y(d.row[i]), asleep)
			from, asleep = d.row[i], e.Kind() == layout.TraceSleep
		}
		d.lifeline(core, y(from), y(last)+svgRow/2, asleep)
	}
}

// asleepAtFirst reports whether the core's hart slept when the story began.
func (d *drawing) asleepAtFirst(core int) bool {
	for i := range d.story.Events {
		if e := &d.story.Events[i]; e.Core == core {
			switch e.Kind() {
			case layout.TraceSleep:
				return false
			case layout.TraceWake:
				return true
			}
		}
	}
	return false
}

func (d *drawing) lifeline(core, y1, y2 int, asleep bool) {
	style := ` stroke-width="4"`
	if asleep {
		style = ` stroke-width="2" stroke-dasharray="2 6"`
	}
	d.printf("<path d=\"M%d %dV%d\" stroke=\"%s\"%s/>\n", d.x(core), y1, y2, lineColour, style)
}

// label writes a row's time, its dot and what happened.
func (d *drawing) label(i int) {
	r := d.rows[i]
	e := &d.story.Events[r.first]
	since := Duration(e.Time-d.story.Events[0].Time, d.story.Timebase)
	d.text(svgTime, y(i)+4, attr(faintColour, "end"), fmt.Sprintf("%.1f us", float64(since)/1000))
	d.printf("<circle cx=\"%d\" cy=\"%d\" r=\"4\" fill=\"%s\"/>\n", d.x(e.Core), y(i), textColour)
	text, colour := sentence(e), textColour
	if minor(e) {
		colour = faintColour
	}
	if r.count > 1 {
		text = fmt.Sprintf("%d traps and thread switches", r.count)
	}
	if e.Core == d.story.From {
		d.text(svgLeft-14, y(i)+4, attr(colour, "end"), text)
	} else {
		d.text(svgRight+14, y(i)+4, attr(colour, "start"), text)
	}
}

// sentence says what happened in a few words.
func sentence(e *Event) string {
	switch args := Line(&e.Record); e.Kind() {
	case layout.TraceSend, layout.TraceReceive:
		_, number, _ := e.Field(2)
		return fmt.Sprintf("%v %s, number %d", e.Kind(), message.Name(uint16(e.A)), number)
	case layout.TraceDoorbellSent:
		return "ring the doorbell"
	case layout.TraceDoorbellTaken:
		return "doorbell taken"
	case layout.TraceTrap:
		return trapName(uint64(e.Arg()))
	case layout.TraceSleep:
		return "sleep"
	case layout.TraceWake:
		return "wake"
	case layout.TraceSwitch:
		return fmt.Sprintf("thread %d runs", e.Arg())
	case layout.TraceDispatch:
		return "event loop: " + eventNames(uint64(e.Arg()))
	default:
		return e.Kind().String() + " " + args
	}
}

// arrow draws what goes from one event to another.
func (d *drawing) arrow(f Flow, colour, name, style string) {
	a, b := &d.story.Events[f.Send], &d.story.Events[f.Receive]
	x1, y1, x2, y2 := d.x(a.Core), y(d.row[f.Send]), d.x(b.Core), y(d.row[f.Receive])
	marker := "message"
	if colour == bellColour {
		marker = "bell"
	}
	toward := 6 // the tip stays off the dot
	if x2 > x1 {
		toward = -6
	}
	d.printf("<path d=\"M%d %dL%d %d\" stroke=\"%s\" stroke-width=\"2\" fill=\"none\" marker-end=\"url(#%s)\"%s/>\n",
		x1-toward, y1, x2+toward, y2, colour, marker, style)
	// Behind the middle, where arrows that begin near one another are apart.
	x, ym := x1+(x2-x1)*13/20, y1+(y2-y1)*13/20
	width := 8*len(name) + 8
	d.printf("<rect x=\"%d\" y=\"%d\" width=\"%d\" height=\"18\" rx=\"4\" fill=\"%s\"/>\n", x-width/2, ym-9, width, groundColour)
	d.text(x, ym+4, attr(colour, "middle"), name)
}
