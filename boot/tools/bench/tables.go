package main

import (
	"fmt"
	"strconv"
	"strings"
)

// span writes a time in nanoseconds with up to three digits.
func span(ns float64) string {
	for _, u := range []struct {
		name string
		unit float64
	}{{"s", 1e9}, {"ms", 1e6}, {"us", 1e3}} {
		if ns >= u.unit*0.9995 {
			return digits(ns/u.unit) + " " + u.name
		}
	}
	return digits(ns) + " ns"
}

// digits writes a number with three digits, or all before its point.
func digits(v float64) string {
	switch {
	case v >= 99.95 || v == 0:
		return strconv.FormatFloat(v, 'f', 0, 64)
	case v >= 9.995:
		return strings.TrimSuffix(strconv.FormatFloat(v, 'f', 1, 64), ".0")
	}
	s := strconv.FormatFloat(v, 'f', 2, 64)
	return strings.TrimRight(strings.TrimRight(s, "0"), ".")
}

// ratio and whole write other kinds of numbers.
func ratio(v float64) string { return strconv.FormatFloat(v, 'f', 2, 64) }
func whole(v float64) string { return strconv.FormatFloat(v, 'f', 0, 64) }

// grouped writes a whole number with its thousands apart.
func grouped(v float64) string {
	s := whole(v)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// mebi writes a number of bytes in MiB.
func mebi(v float64) string { return digits(v/(1<<20)) + " MiB" }

// million writes a number of things in millions.
func million(v float64) string { return digits(v/1e6) + " million" }

// table is a markdown table whose first column is text.
type table struct{ b strings.Builder }

func newTable(heads ...string) *table {
	t := new(table)
	t.row(heads...)
	t.row(append([]string{"---"}, repeat("--:", len(heads)-1)...)...)
	return t
}

func repeat(s string, n int) []string {
	list := make([]string, n)
	for i := range list {
		list[i] = s
	}
	return list
}

func (t *table) row(cells ...string) {
	t.b.WriteString("| " + strings.Join(cells, " | ") + " |\n")
}

// over adds a row with the least, the median and the most of a series over boots.
func (t *table) over(label string, s series, write func(float64) string) {
	if len(s) == 0 {
		return
	}
	least, median, most := s.spread()
	t.row(label, write(least), write(median), write(most))
}

// overBoots begins a table of such rows.
func overBoots(r *result) *table {
	return newTable("over "+boots(r), "least", "median", "most")
}

// boots says how many boots there were.
func boots(r *result) string {
	n := 0
	if r != nil {
		n = len(r.Boots)
	}
	if n == 1 {
		return "1 boot"
	}
	return fmt.Sprintf("%d boots", n)
}
