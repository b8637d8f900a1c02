package main

import (
	"slices"
)

// result is what came of an experiment: the records of all its boots.
type result struct {
	Name     string     `json:"name"`
	Date     string     `json:"date"`
	Harts    int        `json:"harts"`
	Counted  bool       `json:"counted"` // times are instructions
	Commands string     `json:"commands"`
	Loads    []float64  `json:"loads"` // the host's load average before each boot
	Boots    [][]record `json:"boots"`
	Failed   int        `json:"failed"` // boots without a result
}

// series are the values of one key of an event, one for each boot that has it.
func (r *result) series(event, key string) series {
	var s series
	if r == nil {
		return s
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			if v, ok := rec.number(key); ok && rec.event() == event {
				s = append(s, v)
				break
			}
		}
	}
	return s
}

// text is the first value of a key of an event that is a text, "" if there is none.
func (r *result) text(event, key string) string {
	if r == nil {
		return ""
	}
	for _, boot := range r.Boots {
		for _, rec := range boot {
			if v, ok := rec[key].(string); ok && rec.event() == event {
				return v
			}
		}
	}
	return ""
}

// series is a value over boots.
type series []float64

// spread returns the least, the median and the most; all 0 if there are none.
func (s series) spread() (least, median, most float64) {
	if len(s) == 0 {
		return 0, 0, 0
	}
	sorted := slices.Sorted(slices.Values(s))
	n := len(sorted)
	return sorted[0], (sorted[(n-1)/2] + sorted[n/2]) / 2, sorted[n-1]
}

func (s series) median() float64 {
	_, m, _ := s.spread()
	return m
}

// ratios divides value by value; both are of the same boots.
func (s series) ratios(by series) series {
	var r series
	for i := range min(len(s), len(by)) {
		if by[i] > 0 {
			r = append(r, s[i]/by[i])
		}
	}
	return r
}

// scaled multiplies each value.
func (s series) scaled(by float64) series {
	var r series
	for _, v := range s {
		r = append(r, v*by)
	}
	return r
}
