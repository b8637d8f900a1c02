package program

import (
	"errors"
	"testing"
	"time"
)

func TestSpan(t *testing.T) {
	for arg, want := range map[string]time.Duration{
		"1": time.Second, "10": 10 * time.Second, "10s": 10 * time.Second, "2m": 2 * time.Minute, "86400": 24 * time.Hour,
		"0": 0, "-1": 0, "": 0, "s": 0, "86401": 0, "25h": 0, "9223372036854775807": 0, "1e3": 0, "-3s": 0,
	} {
		d, err := Span(arg)
		var m Misuse
		if d != want || (want == 0) != errors.As(err, &m) {
			t.Errorf("Span(%q) = %v, %v; want %v", arg, d, err, want)
		}
	}
}

func TestCount(t *testing.T) {
	for arg, want := range map[string]int{"1": 1, "64": 64, "65": 0, "0": 0, "-1": 0, "x": 0, "": 0} {
		if n, err := Count(arg, 64); n != want || (want == 0) != (err != nil) {
			t.Errorf("Count(%q) = %d, %v; want %d", arg, n, err, want)
		}
	}
}
