package main

import (
	"fmt"
	"html"
	"math"
	"strings"
)

// bar is one row of a bar plot: a median, and the least and the most over boots.
type bar struct {
	label               string
	least, median, most float64
	class               string // "ours", "floor" or "other": its colour
}

// Measures of a plot, in pixels.
const (
	plotWidth  = 720
	labelWidth = 210
	rowHeight  = 26
	headHeight = 40
	footHeight = 44
	rightEdge  = plotWidth - 90
)

// style makes a plot readable on light and on dark, without a background of its own.
const style = `<style>
text{font:12px system-ui,sans-serif;fill:#1f2328}
.title{font-weight:600;font-size:14px}
.grid{stroke:#d0d7de}.whisker{stroke:#1f2328}
.ours{fill:#0969da;stroke:#0969da}.floor{fill:#8c959f;stroke:#8c959f}.other{fill:#bc4c00;stroke:#bc4c00}
.line{fill:none;stroke-width:2}
@media (prefers-color-scheme:dark){
text{fill:#e6edf3}
.grid{stroke:#3d444d}.whisker{stroke:#e6edf3}
.ours{fill:#4493f8;stroke:#4493f8}.floor{fill:#9198a1;stroke:#9198a1}.other{fill:#f0883e;stroke:#f0883e}
.line{fill:none}}
</style>
`

// scale maps values to a range of pixels, logarithmically.
type scale struct{ low, high, from, to float64 }

// at returns where a value stands; what is off the scale stands at its end.
func (s scale) at(v float64) float64 {
	v = min(max(v, s.low), s.high)
	return s.from + (s.to-s.from)*math.Log(v/s.low)/math.Log(s.high/s.low)
}

// decades returns the powers of ten on the scale.
func (s scale) decades() []float64 {
	var list []float64
	for e := math.Ceil(math.Log10(s.low) - 1e-9); e <= math.Log10(s.high)+1e-9; e++ {
		list = append(list, math.Pow(10, e))
	}
	return list
}

// around returns a scale of whole decades that shows all values.
func around(values []float64, from, to float64) scale {
	low, high := math.Inf(1), 0.0
	for _, v := range values {
		if v > 0 {
			low, high = min(low, v), max(high, v)
		}
	}
	if high == 0 {
		low, high = 1, 10
	}
	low = math.Pow(10, math.Floor(math.Log10(low)))
	high = math.Pow(10, math.Ceil(math.Log10(high)))
	return scale{low, max(high, 10*low), from, to}
}

// begin writes what every plot begins with.
func begin(b *strings.Builder, title string, height int) {
	fmt.Fprintf(b, `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 %d %d" width="%d" height="%d" role="img">`+"\n",
		plotWidth, height, plotWidth, height)
	fmt.Fprintf(b, "<title>%s</title>\n%s", html.EscapeString(title), style)
	fmt.Fprintf(b, `<text class="title" x="8" y="20">%s</text>`+"\n", html.EscapeString(title))
}

// bars draws a bar plot of times in nanoseconds.
func bars(title, foot string, rows []bar) string {
	height := headHeight + rowHeight*len(rows) + footHeight
	var values []float64
	for _, r := range rows {
		values = append(values, r.least, r.median, r.most)
	}
	x := around(values, labelWidth, rightEdge)
	var b strings.Builder
	begin(&b, title, height)
	bottom := headHeight + rowHeight*len(rows)
	for _, v := range x.decades() {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, x.at(v), headHeight-4, x.at(v), bottom)
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%s</text>`+"\n", x.at(v), bottom+16, span(v))
	}
	for i, r := range rows {
		drawBar(&b, x, r, headHeight+rowHeight*i)
	}
	fmt.Fprintf(&b, `<text x="8" y="%d">%s</text>`+"\n</svg>\n", height-8, html.EscapeString(foot))
	return b.String()
}

// drawBar draws one row with its top at y.
func drawBar(b *strings.Builder, x scale, r bar, y int) {
	mid := y + rowHeight/2
	fmt.Fprintf(b, `<text x="%d" y="%d" text-anchor="end">%s</text>`, labelWidth-8, mid+4, html.EscapeString(r.label))
	fmt.Fprintf(b, `<rect class="%s" x="%d" y="%d" width="%.1f" height="%d"/>`, r.class, labelWidth, y+5, x.at(r.median)-x.from, rowHeight-10)
	fmt.Fprintf(b, `<line class="whisker" x1="%.1f" y1="%d" x2="%.1f" y2="%d"/>`, x.at(r.least), mid, x.at(r.most), mid)
	fmt.Fprintf(b, `<text x="%.1f" y="%d">%s</text>`+"\n", x.at(max(r.median, r.most))+6, mid+4, span(r.median))
}

// curve is one line of a plot over harts.
type curve struct {
	label, class string
	x, y         []float64
}

// curves draws times in nanoseconds over a number of harts.
func curves(title, foot string, list []curve) string {
	const height, top, bottom = 320, headHeight, 270
	var xs, ys []float64
	for _, c := range list {
		xs, ys = append(xs, c.x...), append(ys, c.y...)
	}
	y := around(ys, bottom, top)
	x := scale{1, 64, 70, rightEdge - 80}
	var b strings.Builder
	begin(&b, title, height)
	for _, v := range y.decades() {
		fmt.Fprintf(&b, `<line class="grid" x1="%.1f" y1="%.1f" x2="%.1f" y2="%.1f"/>`, x.from, y.at(v), x.to, y.at(v))
		fmt.Fprintf(&b, `<text x="%.1f" y="%.1f" text-anchor="end">%s</text>`+"\n", x.from-8, y.at(v)+4, span(v))
	}
	for _, v := range bootHarts {
		fmt.Fprintf(&b, `<text x="%.1f" y="%d" text-anchor="middle">%d</text>`+"\n", x.at(float64(v)), bottom+18, v)
	}
	for _, c := range list {
		drawCurve(&b, x, y, c)
	}
	fmt.Fprintf(&b, `<text x="8" y="%d">%s</text>`+"\n</svg>\n", height-8, html.EscapeString(foot))
	return b.String()
}

// drawCurve draws one line with a dot for each point, and its label at the end.
func drawCurve(b *strings.Builder, x, y scale, c curve) {
	if len(c.x) == 0 {
		return
	}
	var points []string
	for i := range c.x {
		points = append(points, fmt.Sprintf("%.1f,%.1f", x.at(c.x[i]), y.at(c.y[i])))
		fmt.Fprintf(b, `<circle class="%s" cx="%.1f" cy="%.1f" r="3"/>`, c.class, x.at(c.x[i]), y.at(c.y[i]))
	}
	fmt.Fprintf(b, `<polyline class="%s line" style="fill:none" points="%s"/>`, c.class, strings.Join(points, " "))
	last := len(c.x) - 1
	fmt.Fprintf(b, `<text x="%.1f" y="%.1f">%s</text>`+"\n", x.at(c.x[last])+8, y.at(c.y[last])+4, html.EscapeString(c.label))
}
