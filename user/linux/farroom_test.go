package linux

import (
	"bytes"
	"testing"

	"atoll/monitor/parcel"
	"atoll/user/tty"
	"atoll/user/vfs"
)

// Two other cores write to a terminal without end, whose screen takes what there is now and then: both get through, and when they have had their turns
// threads of this core still find half of the room, also where each byte is two on the screen.
// Sabotages: in step, take nobody off the queue; in Spare, count each byte as one.
func TestFarRoom(t *testing.T) {
	for _, flood := range []string{"12", "\n\n"} {
		term := tty.New(24, 80)
		w := newRealmWorldWith(t, 3, term)
		w.s.loop = w.loop
		f := vfs.NewFile(term, 1, "/dev/tty")
		exports := []*export{}
		for core := 1; core < 3; core++ {
			exports = append(exports, w.s.realm.exports[w.s.realm.exportFile(core, 0, 0, f)])
		}
		least, room, takes := 1<<20, 0, 0
		w.idle = func() bool {
			for i, e := range exports {
				if n := window - len(e.out); n > 0 {
					w.s.Take(i+1, &parcel.Parcel{Kind: parcelWrite, W: [parcel.Words]uint64{77, e.id}, Data: bytes.Repeat([]byte{flood[i]}, n)})
				}
			}
			if room, _ = term.Write(make([]byte, 1<<20)); takes > 0 { // as a thread of this core would
				least = min(least, room)
			}
			term.Take()
			takes++
			return takes < 50
		}
		term.Group = 1
		w.start(func(th *thread) bool { return th.set(nrRead, 0, scratch, 100) })
		for i, e := range exports {
			if got := e.written(); got < 20*1024 {
				t.Errorf("%q: core %d has written %d bytes", flood, i+1, got)
			}
		}
		if least < 4000 {
			t.Errorf("%q: threads of this core find room for %d bytes", flood, least)
		}
	}
}
