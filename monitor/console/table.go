package console

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Table is text in columns. A cell that begins with a digit, or is a dash for a
// number that there is none of, is set to the right, and so is the head of a
// column whose first cell is.
type Table struct{ rows [][]string }

// NewTable begins a table with its heads.
func NewTable(heads ...string) *Table { return &Table{rows: [][]string{heads}} }

// Row adds a row; missing cells are empty.
func (t *Table) Row(cells ...string) { t.rows = append(t.rows, cells) }

// String lays the table out, one line a row.
func (t *Table) String() string {
	var width []int
	for _, row := range t.rows {
		for i, cell := range row {
			if i == len(width) {
				width = append(width, 0)
			}
			width[i] = max(width[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for r, row := range t.rows {
		var line strings.Builder
		for i, cell := range row {
			pad := strings.Repeat(" ", width[i]-utf8.RuneCountInString(cell))
			if i > 0 {
				line.WriteString("  ")
			}
			if t.right(r, i) {
				line.WriteString(pad + cell)
			} else {
				line.WriteString(cell + pad)
			}
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// lineWidth is how wide lines of columns are at most.
const lineWidth = 80

// columns writes many words in few lines, one below the other.
func columns(words []string) string {
	width := 0
	for _, w := range words {
		width = max(width, utf8.RuneCountInString(w)+2)
	}
	var b strings.Builder
	for line := range slices.Chunk(words, max(lineWidth/max(width, 1), 1)) {
		var text strings.Builder
		for _, w := range line {
			text.WriteString(w + strings.Repeat(" ", width-utf8.RuneCountInString(w)))
		}
		b.WriteString(strings.TrimRight(text.String(), " ") + "\n")
	}
	return b.String()
}

// right reports whether the cell in row r, column i is set to the right.
func (t *Table) right(r, i int) bool {
	if r == 0 && len(t.rows) > 1 {
		r = 1
	}
	row := t.rows[r]
	return i < len(row) && (row[i] == "-" || row[i] != "" && row[i][0] >= '0' && row[i][0] <= '9')
}

// size writes a number of bytes with a binary unit.
func size(n uint64) string {
	const units = "KMGTPE"
	if n < 1024 {
		return strconv.FormatUint(n, 10) + " B"
	}
	v, i := float64(n)/1024, 0
	for v >= 1023.95 && i < len(units)-1 {
		v, i = v/1024, i+1
	}
	return strconv.FormatFloat(v, 'f', 1, 64) + " " + units[i:i+1] + "iB"
}

// span writes a time with three or four digits, in ASCII.
func span(d time.Duration) string {
	switch {
	case d < time.Microsecond:
		return strconv.FormatInt(int64(d), 10) + " ns"
	case d < time.Millisecond:
		return decimal(d, time.Microsecond) + " us"
	case d < time.Second:
		return decimal(d, time.Millisecond) + " ms"
	}
	return decimal(d, time.Second) + " s"
}

// decimal writes d in a unit with one decimal.
func decimal(d, unit time.Duration) string {
	return strconv.FormatFloat(float64(d)/float64(unit), 'f', 1, 64)
}

// plural writes a number of things.
func plural(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return strconv.Itoa(n) + " " + noun
}
