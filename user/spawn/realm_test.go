package spawn

import (
	"testing"

	"atoll/monitor/parcel"
	"atoll/monitor/stream"
	"atoll/user/linux"
)

// sentParcels is a carrier that keeps what is to be sent.
type sentParcels []parcel.Parcel

func (s *sentParcels) Send(to int, p parcel.Parcel) {
	p.W[1] = uint64(to)
	*s = append(*s, p)
}

func (*sentParcels) Room(_ int, f func())      { f() }
func (*sentParcels) Stream(int) *stream.Writer { return nil }
func (*sentParcels) Look(func() bool) bool     { return false }

// clocked is a host whose clock stands.
type clocked struct {
	*host
	since uint64
}

func (c clocked) Clock() (uint64, uint64) { return 0, c.since }

// Runs have names of their own in all lives of a core, however fast they follow each other.
// Sabotages: in newRun, begin at 1 in each life; in newRun, take the time alone.
func TestRunNames(t *testing.T) {
	seen := map[uint64]bool{}
	for life := range uint64(3) {
		l := &land{host: clocked{newHost(), 1_000_000 + life*50_000}}
		for range 40 {
			run := l.newRun()
			if seen[run] || homeOf(run) != 3 {
				t.Errorf("a run of life %d has the name %#x", life, run)
			}
			seen[run] = true
		}
	}
}

// Who asks something of a run of this core that is over is told that; of others nothing is said here.
// Sabotages: in Take, send nothing; in Take, do not ask whose run it is.
func TestRunOver(t *testing.T) {
	sent := &sentParcels{}
	l := &land{host: newHost(), parcels: sent, realms: map[uint64]*program{}}
	const ours, theirs = 3<<coreShift | 9, 2<<coreShift | 9
	over := linux.Over(ours)
	for _, run := range []uint64{theirs, ours} {
		post{l}.Take(1, &parcel.Parcel{Kind: over.Kind + 1, W: [parcel.Words]uint64{run}})
	}
	asked := uint64(0)
	for kind := range over.Kind + 100 { // who asks for the processes of a run of another core is told that there are none
		x := &parcel.Parcel{Kind: kind, W: [parcel.Words]uint64{theirs, 0, 5}}
		if _, asks := linux.NoCensus(x); asks {
			post{l}.Take(1, x)
			last := (*sent)[len(*sent)-1]
			*sent = (*sent)[:len(*sent)-1]
			if asked++; last.W[0] != theirs || last.W[2] != 0 {
				t.Errorf("the census is answered by %+v", last)
			}
		}
	}
	if asked != 1 {
		t.Errorf("%d kinds ask for a census", asked)
	}
	if len(*sent) != 1 || (*sent)[0].Kind != over.Kind || (*sent)[0].W != [parcel.Words]uint64{ours, 1} {
		t.Errorf("what is said is %+v", *sent)
	}
}
