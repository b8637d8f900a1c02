package monitor

import (
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"atoll/arch/layout"
	"atoll/monitor/parcel"
	"atoll/monitor/stream"
)

// simParcels is a core's userland as far as parcels go.
type simParcels struct {
	*simPort
	parcel.Carrier
	took []string // by whom, and what
	came []string // what streams have brought
	lost []int
	mu   sync.Mutex
	over bool
	held chan struct{} // the next to do something waits for it, nil: it does not
}

// do does something unless the core is over: its goroutines last as long as the machine.
func (p *simParcels) do(f func()) {
	p.mu.Lock()
	held := p.held
	p.held = nil
	p.mu.Unlock()
	if held != nil {
		<-held
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if !p.over {
		p.simPort.do(f)
	}
}

func (p *simParcels) end() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.over = true
	close(p.work)
}

func (p *simParcels) Take(from int, x *parcel.Parcel) {
	sum := 0
	for i, b := range x.Data {
		sum += (i + 1) * int(b)
	}
	p.took = append(p.took, fmt.Sprint(from, x.Kind, x.W, len(x.Data), sum))
	if x.In.Have() > 0 {
		x.In.Read(3, func(b []byte) (int, error) {
			p.came = append(p.came, string(b))
			return len(b), nil
		})
	}
}
func (p *simParcels) Lost(core int) { p.lost = append(p.lost, core) }

// parcels has a core carry parcels.
func (m *machine) parcels(core int) *simParcels {
	p := &simParcels{simPort: newSimPort()}
	p.Carrier = m.mon(core).Parcels(p.do, p)
	return p
}

// Parcels of all sizes come in their order, both ways at once, and as they were sent. When a core has died the others
// learn it behind its last, each once; a later life of it is talked to as the first.
// Sabotages: in fill, leave out the last byte of a piece; in leave, do not tell; in takeFrom, take whatever is due.
func TestParcels(t *testing.T) {
	c, _ := withPrograms(3)
	simulate(t, c, func(t *testing.T, m *machine) {
		settle()
		rand := rand.New(rand.NewPCG(1, 2))
		sizes := []int{0, 1, 16, 17, parcel.BufferBytes, parcel.BufferBytes + 1, parcel.MostData}
		var ends [3]*simParcels
		for core := range ends {
			ends[core] = m.parcels(core)
			defer func() { ends[core].end() }()
		}
		exchange := func(life uint64, n int) {
			var want [3][]string
			for i := range n {
				for from, to := range []int{1, 2, 1} {
					x := parcel.Parcel{Kind: uint16(i + 1), W: [parcel.Words]uint64{life, uint64(i), 3, 4}}
					x.Data = make([]byte, sizes[rand.IntN(len(sizes))])
					for j := range x.Data {
						x.Data[j] = byte(rand.Uint32())
					}
					s := &simParcels{}
					s.Take(from, &x)
					want[to] = append(want[to], s.took...)
					ends[from].Send(to, x)
				}
			}
			for range 50 { // they look themselves, now and then
				for _, p := range ends {
					looks := 20
					p.see(func() { p.Look(func() bool { looks--; return looks < 0 || len(p.work) > 0 }) })
				}
			}
			settle()
			for core, p := range ends {
				p.see(func() {
					for from := range ends {
						by := func(list []string) (of []string) {
							for _, s := range list {
								if s[0] == byte('0'+from) {
									of = append(of, s)
								}
							}
							return of
						}
						if got, want := by(p.took), by(want[core]); fmt.Sprint(got) != fmt.Sprint(want) {
							t.Fatalf("life %d, from core %d to core %d: %d parcels of %d, or others", life, from, core, len(got), len(want))
						}
					}
					p.took = nil
				})
			}
		}
		exchange(1, 40)
		for life := range uint64(3) {
			m.harts[1].kill(layout.CausePanic, false)
			settle()
			m.revive(1)
			settle()
			for _, core := range []int{0, 2} {
				ends[core].see(func() {
					if len(ends[core].lost) != 1 || ends[core].lost[0] != 1 {
						t.Fatalf("core %d is told that %v are lost", core, ends[core].lost)
					}
					ends[core].lost = nil
				})
			}
			ends[1].end()
			ends[1] = m.parcels(1)
			exchange(life+2, 10)
		}
		ends[0].Send(2, parcel.Parcel{Kind: 1})
		m.harts[2].kill(layout.CausePanic, false)
		time.Sleep(2 * bindTime)
		ends[0].Send(2, parcel.Parcel{Kind: 1}) // to the dead
		settle()
		ends[0].see(func() {
			if fmt.Sprint(ends[0].lost) != "[2 2]" {
				t.Errorf("core 0 is told that %v are lost", ends[0].lost)
			}
		})
	})
}

// Streams go both ways between two cores, as many as there are rings, and come to the receiver with their parcels, in order; one that he does not take is closed. When
// a core dies the other's ends are closed behind the word of that, the memory comes back, and a later life has streams as the first.
// Sabotages: in take, do not close; in take, do not open; in closeStreams, let nothing go; in Stream, ask no line; in giveBuffers, keep none.
func TestParcelStreams(t *testing.T) {
	c, _ := withPrograms(2)
	simulate(t, c, func(t *testing.T, m *machine) {
		settle()
		here, there := m.parcels(0), m.parcels(1)
		free := func() (n uint64) {
			m.mon(0).wait(func() { n = m.mon(0).grants.Pool().Free() })
			return n
		}
		before := free()
		for life := 0; life < 3 && !t.Failed(); life++ {
			for range 2 { // it takes a parcel each way until each knows of the other's memory
				for _, p := range []*simParcels{here, there} {
					p.see(func() { p.Send(1-p.core(here), parcel.Parcel{Kind: 1}) })
					settle()
				}
			}
			for _, p := range []*simParcels{here, there} {
				other := there
				if p == there {
					other = here
				}
				var ends []*stream.Writer
				p.see(func() {
					for {
						w := p.Stream(1 - p.core(here))
						if w == nil {
							break
						}
						p.Send(1-p.core(here), parcel.Parcel{Kind: uint16(10 + len(ends)), Out: w})
						w.Write(3, func(b []byte) (int, error) { return copy(b, fmt.Sprint(100+len(ends))), nil })
						ends = append(ends, w)
					}
				})
				settle()
				other.see(func() {
					if len(ends) != stream.Most || fmt.Sprint(other.came) != "[100 101 102 103 104 105]" {
						t.Errorf("life %d: %d streams, of which %v have come", life, len(ends), other.came)
					}
					other.came = nil
				})
				p.see(func() {
					for _, w := range ends {
						w.Close()
					}
					if t.Failed() {
						return
					}
					if ends[0] = p.Stream(1 - p.core(here)); ends[0] == nil {
						t.Error("none begins though all are closed")
					}
				})
			}
			m.harts[1].kill(layout.CausePanic, false)
			settle()
			m.revive(1)
			settle()
			there.end()
			there = m.parcels(1)
			settle()
			here.see(func() {
				if len(here.lost) != life+1 || here.Stream(1) != nil {
					t.Errorf("life %d: %d are lost", life, len(here.lost))
				}
			})
			if now := free(); now != before {
				t.Errorf("life %d: %d pages are free, %d before", life, now, before)
			}
		}
		here.end()
		there.end()
	})
}

// core is its number, of one that is here or the other.
func (p *simParcels) core(here *simParcels) int {
	if p == here {
		return 0
	}
	return 1
}

// Nothing of a later life of a core comes, or goes there, before the last of the life before has come and it is said to be lost; what was sent
// to that goes nowhere.
// Sabotages: in current, do not end one whose binding has ended; in Send, do not count; in connect, or in serveParcels, do not wait for the line before.
func TestParcelsOfLives(t *testing.T) {
	for _, sends := range []bool{false, true} { // before the death, too
		parcelsOfLives(t, sends)
	}
}

func parcelsOfLives(t *testing.T, sends bool) {
	c, _ := withPrograms(2)
	simulate(t, c, func(t *testing.T, m *machine) {
		settle()
		here, there := m.parcels(0), m.parcels(1)
		if sends {
			here.Send(1, parcel.Parcel{Kind: 1})
		}
		held := make(chan struct{})
		here.mu.Lock()
		here.held = held
		here.mu.Unlock()
		there.Send(0, parcel.Parcel{Kind: 2})
		settle()
		m.harts[1].kill(layout.CausePanic, false)
		settle()
		m.revive(1)
		settle()
		there.end()
		there = m.parcels(1)
		there.Send(0, parcel.Parcel{Kind: 3})
		here.Send(1, parcel.Parcel{Kind: 9}) // to the life before, of which it has not heard that it is over
		settle()
		if len(here.took) != 0 || len(here.lost) != 0 || len(there.took) != 0 {
			t.Errorf("core 0 has taken %v, core 1 %v; lost are %v", here.took, there.took, here.lost)
		}
		here.see(func() { here.took = append(here.took, "held") })
		close(held)
		settle()
		here.see(func() {
			if len(here.took) != 3 || here.took[1][:4] != "1 2 " || here.took[2][:4] != "1 3 " || len(here.lost) != 1 {
				t.Errorf("core 0 has taken %v; lost are %v", here.took, here.lost)
			}
		})
		here.Send(1, parcel.Parcel{Kind: 4})
		settle()
		there.see(func() {
			if len(there.took) != 1 || there.took[0][:4] != "0 4 " {
				t.Errorf("core 1 has taken %v", there.took)
			}
		})
		here.end()
		there.end()
	})
}
