package sbi

import (
	"errors"
	"math"
	"strings"
	"testing"
)

func TestErrorNames(t *testing.T) {
	seen := map[string]Error{}
	for e := Success; e >= lowestKnownError; e-- {
		s := e.Error()
		if s == "sbi: " || strings.Contains(s, "-") {
			t.Errorf("error %d has no name: %q", int64(e), s)
		}
		if other, dup := seen[s]; dup {
			t.Errorf("errors %d and %d share the name %q", int64(e), int64(other), s)
		}
		seen[s] = e
	}
	for e, want := range map[Error]string{
		ErrInvalidParam:      "sbi: invalid parameter",
		ErrAlreadyAvail:      "sbi: already available",
		lowestKnownError - 1: "sbi: error -15",
		1:                    "sbi: error 1",
		math.MinInt64:        "sbi: error -9223372036854775808",
	} {
		if got := e.Error(); got != want {
			t.Errorf("Error(%d) = %q, want %q", int64(e), got, want)
		}
	}
	if err := error(ErrDenied); !errors.Is(err, ErrDenied) || errors.Is(err, ErrFailed) {
		t.Error("an Error does not compare as an error")
	}
}

func TestStateAndImplNames(t *testing.T) {
	for s := Started; s <= ResumePending; s++ {
		if s.String() == "" {
			t.Errorf("state %d has no name", uint64(s))
		}
	}
	if got := Stopped.String(); got != "STOPPED" {
		t.Errorf("state 1 = %q", got)
	}
	if got := HartState(math.MaxUint64).String(); got != "state 18446744073709551615" {
		t.Errorf("unknown state = %q", got)
	}
	if got := ImplName(1); got != "OpenSBI" {
		t.Errorf("implementation 1 = %q", got)
	}
	if got := ImplName(math.MaxUint64); !strings.HasPrefix(got, "implementation 1844") {
		t.Errorf("unknown implementation = %q", got)
	}
}

// The extension ids are ASCII in the specification.
func TestExtensionIDs(t *testing.T) {
	for want, id := range map[string]uint64{
		"TIME": ExtTime, "sPI": ExtIPI, "RFNC": ExtRFence, "HSM": ExtHSM, "SRST": ExtSRST, "DBCN": ExtDBCN,
	} {
		var s []byte
		for v := id; v != 0; v >>= 8 {
			s = append([]byte{byte(v)}, s...)
		}
		if string(s) != want {
			t.Errorf("id %#x reads %q, want %q", id, s, want)
		}
	}
}
