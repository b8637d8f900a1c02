package monitor

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"atoll/monitor/message"
)

// Seeds. The core that holds a source of randomness gives all members of the view a seed
// each, once in each life of theirs, and itself. The seeds that the cores are born with
// stand in the plan, which all of them read; these go over the channel of two cores, and who
// is not one of the two does not see them. A seed is mixed in, so that one which a peer has
// made up takes nothing away.

// Source is a source of randomness. Read blocks, within the bound, for one goroutine.
type Source interface {
	Read(bound time.Duration) ([]byte, error)
}

// Bounds of a seed: the time of one read, and how many bytes a seed is made of at least.
const (
	sourceTime = time.Second
	sourceLess = 32
)

// seeds is this core's part. It belongs to the event loop.
type seeds struct {
	source  Source         // nil = none here
	busy    bool           // it is being read
	given   map[int]uint32 // by core, the life that has its seed
	stirred uint64         // seeds that were mixed in here
}

// seedMessage is a seed for its receiver.
type seedMessage struct{ Words [4]uint64 }

var (
	seedGiven = message.Declare[seedMessage](95, "seed")
	askSeeds  = message.DeclareRequest[message.None, uint64](97, "seeds") // how many were mixed in
)

func init() {
	handle(seedGiven, func(m *Monitor, _ *peer, s seedMessage) { m.stir(&s) })
	serve(askSeeds, func(m *Monitor, _ client, _ message.None) (uint64, error) { return m.seeds.stirred, nil })
}

// seedFrom gives seeds from a source from now on. For the event loop.
func (m *Monitor) seedFrom(s Source) {
	m.seeds.source, m.seeds.given = s, map[int]uint32{}
	m.lookAgain()
}

// stir mixes a seed in.
func (m *Monitor) stir(s *seedMessage) {
	var words [8]uint32
	for i, w := range s.Words {
		words[2*i], words[2*i+1] = uint32(w), uint32(w>>32)
	}
	m.hart.Stir(&words)
	m.seeds.stirred++
}

// keepSeeds gives a seed to the next who has none. It is called when the view may have
// changed.
func (m *Monitor) keepSeeds() {
	s := &m.seeds
	if s.source == nil || s.busy {
		return
	}
	for core := range int(m.plan.NCores) {
		life := m.lives.get(core)
		if life.State != Up || s.given[core] == life.Incarnation {
			continue
		}
		s.busy = true
		go func() {
			seed, err := drawSeed(s.source)
			m.do(func() {
				s.busy = false
				if err != nil { // it does not work, and will not
					s.source = nil
					m.lines.printf("core %d gives no more seeds: %v\n", m.self, err)
					return
				}
				if m.giveSeed(core, seed) != nil {
					m.agreeLater() // and look again then
					return
				}
				s.given[core] = life.Incarnation
				m.lookAgain() // for the next
			})
		}()
		return
	}
}

// giveSeed sends a core its seed.
func (m *Monitor) giveSeed(core int, seed *seedMessage) error {
	if core == m.self {
		m.stir(seed)
		return nil
	}
	p, err := m.reach(core)
	if err == nil {
		err = send(m, p, seedGiven, *seed)
	}
	return err
}

// drawSeed makes a seed of what a source gives, a hash: a source may give little at once, and
// its bytes need not be even.
func drawSeed(s Source) (*seedMessage, error) {
	var data []byte
	for len(data) < sourceLess {
		more, err := s.Read(sourceTime)
		if err != nil {
			return nil, err
		}
		data = append(data, more...)
	}
	digest := sha256.Sum256(data)
	seed := new(seedMessage)
	for i := range seed.Words {
		seed.Words[i] = binary.LittleEndian.Uint64(digest[8*i:])
	}
	return seed, nil
}
