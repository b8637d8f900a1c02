package main

import (
	"fmt"
	"testing"
)

func TestCores(t *testing.T) {
	for arg, want := range map[string]string{
		"1": "[1]", "0,2": "[0 2]", "1-3": "[1 2 3]", "0,2-3": "[0 2 3]", "63": "[63]",
		"": "[]", "64": "[]", "-1": "[]", "3-1": "[]", "1-": "[]", "x": "[]", "1,,2": "[]",
	} {
		cores, err := ofList(arg)
		if got := fmt.Sprint(cores); got != want || (want == "[]") != (err != nil) {
			t.Errorf("-c %q: %s, %v; want %s", arg, got, err, want)
		}
	}
	for arg, want := range map[string]string{"6": "[1 2]", "0x8": "[3]", "0": "[]", "": "[]", "x": "[]", "10000000000000000": "[]"} {
		cores, err := ofMask(arg)
		if got := fmt.Sprint(cores); got != want || (want == "[]") != (err != nil) {
			t.Errorf("%q: %s, %v; want %s", arg, got, err, want)
		}
	}
}
