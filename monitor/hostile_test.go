package monitor

import (
	"math/rand/v2"
	"testing"
	"testing/synctest"
	"time"

	"atoll/monitor/message"
	"atoll/monitor/ump"
	"atoll/test/brief"
)

// A madman is a rogue core that does what bytes say.
type madman struct {
	*rogue
	input []byte
	rand  *rand.Rand
}

func (r *madman) byte() byte {
	if len(r.input) == 0 {
		return 0
	}
	b := r.input[0]
	r.input = r.input[1:]
	return b
}

// number is small, or an id or a core that may be, or anything.
func (r *madman) number() uint64 {
	switch b := r.byte(); b & 7 {
	case 4:
		return uint64(b >> 3)
	case 5:
		return uint64(b>>3) << (r.byte() & 63)
	case 6:
		return -uint64(b >> 3)
	case 7:
		return r.rand.Uint64()
	default:
		return uint64(b >> 3 & 7)
	}
}

// act does one thing to a peer.
func (r *madman) act(peer int) {
	switch op := r.byte() % 32; {
	case op == 0:
		r.scribble(peer)
	case op < 4:
		for range 40 { // more than a ring holds
			r.message(peer, r.known(), [7]uint64{r.number(), r.number()})
		}
	case op < 8:
		time.Sleep(time.Duration(r.byte()) * time.Millisecond)
	case op < 12:
		r.message(peer, uint16(r.byte())<<8|uint16(op), [7]uint64{r.number()})
	case op < 16: // an answer to what may have been asked
		r.message(peer, askForReport.Number()|message.AnswerBit, [7]uint64{uint64(r.byte()%32) | uint64(r.byte())<<32 | uint64(r.byte())<<56, r.number()})
	case op < 20:
		r.message(peer, r.known(), [7]uint64{uint64(r.byte()), r.number(), r.number()})
	default:
		r.message(peer, r.known(), [7]uint64{r.number(), r.number(), r.number(), r.number(), r.number(), r.number(), r.number()})
	}
	r.ignore(peer)
}

// known is the number of a message that there is.
func (r *madman) known() uint16 { return vocabulary[int(r.byte())%len(vocabulary)].Number }

var vocabulary = message.Definitions()

// ignore receives what there is.
func (r *madman) ignore(peer int) {
	var msg ump.Message
	for r.peers[peer].TryRecv(&msg) {
	}
	r.ring(peer)
}

// message sends a message as the channel should be used, if there is room for it
// soon. Left out is what would end the test: a goroutine that spins stops the time,
// long measurements take long, and that the watch of one core finds another dead is
// believed.
func (r *madman) message(peer int, typ uint16, w [7]uint64) {
	switch typ {
	case 0: // is no type
		typ = message.Limit
	case askSpin.Number(), lifeFound.Number():
		return
	case askBenchSelf.Number():
		w[1] &= 0xff
	case askPing.Number(), askPingFor.Number(), askBench.Number(), askBell.Number(), askWake.Number(), askBindBench.Number():
		w[2] &= 0x3f
	}
	if !r.send(peer, typ, w[:]...) {
		r.m.harts[peer].post(Doorbell)
		time.Sleep(5 * time.Millisecond)
		r.ignore(peer)
		r.peers[peer].Advance()
		r.send(peer, typ, w[:]...)
	}
}

// scribble writes words into the madman's side of a frame, when nobody looks.
func (r *madman) scribble(peer int) {
	r.m.scribble(r.core, peer, func(f *ump.Frame, end int) {
		for range 1 + r.byte()%4 {
			switch v := r.number(); r.byte() % 8 {
			case 0:
				f.Line[end].Ack = v
			case 1:
				f.Line[end].Link = v
			case 2:
				f.Line[end].Wait = v
			case 3:
				f.Line[end].Echo = v
			case 4:
				f.Line[end].Ack += v % 64
			case 5:
				f.Line[end].Link = f.Line[end].Link&^0xffff | v&0xffff
			default:
				f.Ring[end][v%uint64(len(f.Ring[end]))].Control ^= v
			}
		}
	})
}

// calm lets a machine come to rest.
type calm func(m *machine)

// afterAll waits until all that a madman can have begun is over.
func afterAll(m *machine) { time.Sleep(2 * time.Minute) }

// whenQuiet waits only as long as somebody is busy.
func whenQuiet(m *machine) {
	for range 60 {
		if time.Sleep(time.Second); len(m.awake()) == 0 {
			return
		}
	}
}

// checkSanity checks that all cores but the madman's serve each other, and sleep
// when there is nothing to do.
func checkSanity(t *testing.T, m *machine, mad int, rest calm) {
	time.Sleep(2 * spinTime) // a measurement that the madman has begun may stop a core
	for a := range m.harts {
		for b := range m.harts {
			if a == mad || b == mad {
				continue
			}
			// What a mad owner says of others may be believed, but not for ever waited for.
			if err := askReport(m, a, b); err != nil && mad != 0 {
				t.Error(err)
			}
		}
	}
	if r, err := ping(m, 3, 2, 3, 5); mad != 0 && (err != nil || r.Lost+r.Doubled+r.Reordered > 0) {
		t.Errorf("ping: %+v, %v", r, err)
	}
	for i, h := range m.harts {
		if i != mad {
			m.at(i, func() {
				if h.mon.progress != (Progress{}) && mad != h.mon.owner {
					t.Errorf("core %d has taken a stranger's word for progress", i)
				}
				// The madman may have asked for work without end.
				h.mon.soakTo(0)
				h.mon.workWith(0)
				h.mon.diskSoak(client{}, diskSoakQuestion{})
				h.mon.flow.on, h.mon.flow.next = false, 0
			})
		}
	}
	for i := range m.harts {
		if i != mad {
			m.writes(t, i)
		}
	}
	rest(m)
	m.idle(t)
	for i, h := range m.harts {
		for _, p := range h.mon.order {
			if p.core >= len(m.harts) || p.core == i {
				t.Errorf("core %d has a channel to core %d", i, p.core)
			}
		}
	}
}

// writes waits until a core no longer writes to a disk for a soak that has been ended: the
// write under way is finished, by whom the madman had named.
func (m *machine) writes(t *testing.T, core int) {
	for range 60 {
		running := uint64(0)
		m.at(core, func() { running = m.mon(core).disks.soak.report.Running })
		if running == 0 {
			return
		}
		time.Sleep(time.Second)
	}
	t.Errorf("core %d writes for a minute after the end", core)
}

// absurd are numbers that stand for a core, a count, a state or an address.
var absurd = []uint64{0, 1, 2, 3, 4, 5, 63, 64, 65, 1 << 20, 1<<32 - 1, 1 << 32, 1 << 63, 1<<64 - 1}

// Every message and every request with every absurd number in its first words is
// survived, from a core and from the owner.
// Sabotage: leave any bound out of connectPair, told, progressed, benchPeer or
// unpackText, or the look at nil out of answer, pong or bellTold.
func TestNonsense(t *testing.T) {
	for mad := range 2 {
		synctest.Test(t, func(t *testing.T) {
			r, m := newMadman(t, mad, nil)
			defer m.close()
			for _, peer := range []int{1 - mad, 2} {
				for i := 0; i < len(absurd); i += every {
					a := absurd[i]
					for _, b := range absurd {
						for _, d := range append(message.Definitions(), message.Definition{Number: message.Limit}, message.Definition{Number: 1<<16 - 1}) {
							r.message(peer, d.Number, [7]uint64{a, b, a, b, b, b, b})
							if d.Kind == message.KindRequest {
								r.message(peer, d.Number, [7]uint64{7, a, b})
							}
						}
					}
					time.Sleep(time.Second)
				}
			}
			checkSanity(t, m, mad, afterAll)
		})
	}
}

// babble is random bytes.
func babble(seed uint64, least, more int) []byte {
	r := rand.New(rand.NewPCG(seed, 5))
	b := make([]byte, least+r.IntN(more))
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// Whatever one core writes into its channels and sends, no other panics, hangs or
// spins, and all others go on serving each other.
// Sabotage: leave Draining or Broken out of step, or the count out of answer.
func TestMadman(t *testing.T) {
	for seed := uint64(0); seed < 14; seed += every {
		synctest.Test(t, func(t *testing.T) { withMadman(t, babble(seed, 200, 1000), 200, afterAll) })
	}
}

// FuzzPeer is TestMadman in short: what a few acts in a row, and a look as soon as all
// is quiet, cannot find, a longer input finds no sooner.
func FuzzPeer(f *testing.F) {
	brief.Shorten(f)
	for seed := range uint64(14) {
		f.Add(babble(seed, 20, 60))
	}
	f.Fuzz(func(t *testing.T, input []byte) {
		synctest.Test(t, func(t *testing.T) { withMadman(t, input, 12, whenQuiet) })
	})
}

// newMadman makes a machine in which core mad is a madman, with channels to two
// others. A look at the clock takes 250 us there: with much more a core that is made to
// trace, and then flooded, seems to hang, and is rightly ended.
func newMadman(t *testing.T, mad int, input []byte) (*madman, *machine) {
	m := newMachine(t, config{cores: 4, boot: 1 - mad, rogues: []int{mad}, tick: 250 * time.Microsecond})
	m.harts[mad].silent = true
	if err := m.harts[1-mad].run(); err != nil {
		t.Fatal(err)
	}
	r := &madman{m.rogue(mad), input, rand.New(rand.NewPCG(uint64(len(input)), 1))}
	r.link(t, 1-mad)
	r.link(t, 2)
	return r, m
}

// withMadman runs a machine in which one core, perhaps the owner, does what the
// input says, at most so many acts.
func withMadman(t *testing.T, input []byte, acts int, rest calm) {
	mad := 1
	if len(input)%4 == 3 {
		mad = 0
	}
	r, m := newMadman(t, mad, input)
	defer m.close()
	peers := []int{1 - mad, 2}
	if len(input)%2 == 0 {
		time.Sleep(2 * upTime)
	}
	calls := make(chan error, 8)
	for i := range cap(calls) { // that the madman may answer
		go func() {
			_, err := query(m.mon(peers[i%2]), mad, askForReport, time.Hour, message.None{})
			calls <- err
		}()
	}
	for n := 0; len(r.input) > 0 && n < acts; n++ {
		r.act(peers[r.byte()%2])
	}
	checkSanity(t, m, mad, rest)
	// Whatever has become of the calls, losing the channel ends them.
	for _, peer := range peers {
		m.scribble(mad, peer, func(f *ump.Frame, end int) { f.Line[end].Ack, f.Line[end].Link = 0, 0 })
	}
	for range cap(calls) {
		select {
		case <-calls:
		case <-time.After(time.Minute):
			t.Fatal("a call outlives its channel")
		}
	}
}
