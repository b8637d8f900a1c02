package spawn

import (
	"fmt"
	"testing"

	"atoll/kernel/dispatch"
	"atoll/monitor/parcel"
	"atoll/user/linux"
)

// sleepy is a dispatcher that is ready, and never runs.
type sleepy struct{ dispatch.Dispatcher }

func (*sleepy) Trap(*dispatch.Loop) *dispatch.Dispatcher { return nil }
func (*sleepy) Alarm(*dispatch.Loop)                     {}

// Who asks is told how much there is to do, with the places of others, and has one itself until it has come, or asks again, or says that nobody comes, or is
// dead, or has been silent for long; however many runs somebody invents, there are only so many places. Sabotages: in load, count no places, or those of who asks, or for
// ever; in ask, keep the place of who has come; in Lost, keep places; in ask, have no bound.
func TestLoad(t *testing.T) {
	c := New(newHost())
	if err := c.Open(); err != nil {
		t.Fatal(err)
	}
	l, sent := c.land, &sentParcels{}
	asks, moves, spares := kindOf(t, linux.AsksLoad), kindOf(t, func(p *parcel.Parcel) bool { _, is := linux.Moves(p); return is }), kindOf(t, linux.SparesLoad)
	const one, other, third = 1<<coreShift | 1, 1<<coreShift | 2, 2<<coreShift | 1
	say := func(from int, kind uint16, run uint64) string {
		*sent = nil
		post{l}.ask(from, &parcel.Parcel{Kind: kind, W: [parcel.Words]uint64{run}})
		if len(*sent) == 0 {
			return "nothing"
		}
		return fmt.Sprint(int64((*sent)[0].W[2]))
	}
	l.wait(func() {
		l.parcels = sent
		for i, step := range []struct {
			from int
			kind uint16
			run  uint64
			want string
		}{
			{1, asks, one, "0"}, {1, asks, one, "0"}, {1, asks, other, "1"}, {2, asks, third, "2"},
			{1, spares, one, "nothing"}, {2, asks, third, "1"}, {1, moves, other, "nothing"}, {2, asks, third, "0"}, {1, asks, one, "1"},
			{2, spares, one, "nothing"}, {2, asks, third, "1"}, // of another core
		} {
			if got := say(step.from, step.kind, step.run); got != step.want {
				t.Errorf("step %d: %s, want %s", i, got, step.want)
			}
		}
		post{l}.Lost(1)
		post{l}.Lost(2)
		d := &sleepy{}
		d.Handler = d
		l.loop.Wake(&d.Dispatcher)
		if got := say(1, asks, one); got != "1" {
			t.Errorf("when one wants the hart, and those are dead who have asked: %s", got)
		}
		for its := range l.places {
			l.places[its] = l.loop.Now()
		}
		if got := say(2, asks, third); got != "1" {
			t.Errorf("when those are silent who have asked: %s", got)
		}
		l.loop.End(&d.Dispatcher)
		for run := range uint64(3 * mostPlaces) {
			say(1, asks, 1<<coreShift|run)
		}
		if len(l.places) > mostPlaces {
			t.Errorf("%d places are kept", len(l.places))
		}
		for n := range uint64(maxPrograms) {
			l.programs[100+n] = &program{}
		}
		if got := say(1, asks, one); got != fmt.Sprint(int64(-1)) {
			t.Errorf("when there is no room: %s", got)
		}
		clear(l.programs)
	})
}

// kindOf returns the kind of parcels that something is true of.
func kindOf(t *testing.T, is func(*parcel.Parcel) bool) uint16 {
	for kind := range uint16(100) {
		if is(&parcel.Parcel{Kind: kind}) {
			return kind
		}
	}
	t.Fatal("there is no such kind")
	return 0
}
