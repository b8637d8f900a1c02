package affinity

import (
	"syscall"
	"testing"
)

// Who asks for cores that are not there is told which. Sabotage: in names, leave out a case.
func TestAbsent(t *testing.T) {
	for _, of := range []struct {
		cores []int
		want  string
	}{
		{[]int{9}, "core 9 is not there, or dead: /mk/cores says which live"},
		{[]int{7, 8, 9}, "core 7, core 8 or core 9 is not there, or dead: /mk/cores says which live"},
	} {
		if got := absent(of.cores, syscall.EINVAL).Error(); got != of.want {
			t.Errorf("%v: %s", of.cores, got)
		}
	}
	if err := absent([]int{1}, syscall.EPERM); err != syscall.EPERM {
		t.Errorf("another error becomes %v", err)
	}
}
