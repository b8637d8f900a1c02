package program

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"testing"

	"atoll/kernel/abi"
)

// Sabotages: return 1 for a Misuse; compare with == instead of errors.Is.
func TestStatus(t *testing.T) {
	run := func(args []string, out io.Writer) error {
		switch {
		case len(args) == 0:
			io.WriteString(out, "ran")
			return nil
		case args[0] == "fail":
			return errors.New("it failed")
		case args[0] == "said":
			return fmt.Errorf("of another: %w", Status(7))
		case args[0] == "ask":
			return fmt.Errorf("asking: %w", abi.ErrNoCall)
		}
		return Misuse("no argument is known")
	}
	for _, row := range []struct {
		args            string
		status          int
		out, complaints string
	}{
		{"", 0, "ran", ""},
		{"-h", 0, "about\n", ""},
		{"--help x", 0, "about\n", ""},
		{"fail", 1, "", "p: it failed\n"},
		{"ask", 1, "", "p: asking: there is no such call\np: " + notServed + "\n"},
		{"said", 7, "", ""},
		{"what", 2, "", "p: no argument is known\nabout\n"},
	} {
		var out, complaints strings.Builder
		got := status("p", "about", strings.Fields(row.args), run, &out, &complaints)
		if got != row.status || out.String() != row.out || complaints.String() != row.complaints {
			t.Errorf("%q: status %d, %q, %q", row.args, got, out.String(), complaints.String())
		}
	}
}
