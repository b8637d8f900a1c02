package linux

import (
	"syscall"
	"testing"

	"atoll/user/vfs"
)

// Who asks something of a file that its core has no more is told so, and does not wait. Sabotages: in gone, answer no question, or say nothing else.
func TestFarGone(t *testing.T) {
	w := newRealmWorld(t, 2)
	f := w.s.realm.importFile(1, &fileRecord{file: 5, mode: syscall.S_IFIFO, core: 1, origin: 5})
	var answer errno
	asked := false
	var is []error
	tell := func(b []byte, do func([]byte) (int, error)) {
		_, err := do(b)
		is = append(is, err)
	}
	s := script{1: {
		func(th *thread) bool {
			f.question(farStat, (&farArgs{}).bytes(), func(e errno, _ []byte) { answer, asked = e, true })
			tell(make([]byte, 1), f.Read)
			return th.set(nrYield)
		},
		do(nrYield), do(nrYield),
		func(th *thread) bool {
			tell(make([]byte, 1), f.Read)
			f.lost = nil
			tell(make([]byte, 1), f.Write)
			return th.set(nrYield)
		},
		do(nrYield), do(nrYield),
		func(th *thread) bool {
			tell(make([]byte, 1), f.Write)
			f.lost = nil
			f.Ready()
			return th.set(nrYield)
		},
		do(nrYield), do(nrYield),
		func(th *thread) bool {
			if f.Ready()&vfs.Hup == 0 {
				t.Error("who watches it waits for ever")
			}
			if !asked || answer != errno(syscall.EIO) {
				t.Errorf("the question is answered: %v, with %d", asked, answer)
			}
			return th.set(nrExitGroup, 0)
		},
	}}
	w.start(s.next)
	w.finish(t, s, 0)
	want := []error{syscall.EAGAIN, syscall.EIO, nil, syscall.EIO}
	for i, err := range is {
		if err != want[i] {
			t.Errorf("%d: %v, want %v", i, err, want[i])
		}
	}
}
