package blk

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"atoll/drivers/dma"
	"atoll/drivers/reg/regtest"
	"atoll/drivers/virtio"
	"atoll/drivers/virtio/virtiotest"
	"atoll/test/brief"
)

const bound = time.Second

// medium is a fake disk: what is on it, and how it answers.
type medium struct {
	*virtiotest.Device
	t       testing.TB
	window  *dma.Window
	content []byte
	bad     map[uint64]byte // status of requests that touch a sector
	flushes int
	served  int
}

// newMedium makes a disk of so many sectors.
func newMedium(t testing.TB, legacy bool, sectors int) *medium {
	m := &medium{t: t, content: make([]byte, sectors*Sector), bad: map[uint64]byte{}}
	m.Device, m.window = virtiotest.New(virtio.Block, legacy, t.Errorf)
	m.Offered = featureFlush | featureSegMax | featureBlockSize | 1<<0 | 1<<4
	m.Config = make([]byte, 64)
	binary.LittleEndian.PutUint64(m.Config, uint64(sectors))
	binary.LittleEndian.PutUint32(m.Config[8:], 1)
	binary.LittleEndian.PutUint32(m.Config[12:], 126)
	binary.LittleEndian.PutUint32(m.Config[20:], 512)
	m.Serve = m.serve
	return m
}

// registers locks the fake, which goroutines of a disk use.
type registers struct{ m *medium }

func (r registers) Load(off uintptr, width int) uint64 {
	r.m.Lock()
	defer r.m.Unlock()
	return r.m.Device.Load(off, width)
}

func (r registers) Store(off uintptr, width int, v uint64) {
	r.m.Lock()
	defer r.m.Unlock()
	r.m.Device.Store(off, width, v)
}

// quiet is a block without a log.
type quiet struct{ registers }

func (q quiet) Read8(off uintptr) uint8       { return uint8(q.Load(off, 1)) }
func (q quiet) Read32(off uintptr) uint32     { return uint32(q.Load(off, 4)) }
func (q quiet) Write8(off uintptr, v uint8)   { q.Store(off, 1, uint64(v)) }
func (q quiet) Write32(off uintptr, v uint32) { q.Store(off, 4, uint64(v)) }

// serve does one request.
func (m *medium) serve(_ uint32, c *virtiotest.Chain) uint32 {
	m.served++
	header := bytes.Join(c.Read, nil)
	if len(header) < 16 || len(c.Write) == 0 || len(c.Write[len(c.Write)-1]) != 1 {
		m.t.Errorf("a chain of %d parts to read and %d to write", len(c.Read), len(c.Write))
		return 0
	}
	status := c.Write[len(c.Write)-1]
	data := c.Write[:len(c.Write)-1]
	sector := binary.LittleEndian.Uint64(header[8:])
	written := uint32(1)
	size := len(header) - 16
	for _, part := range data {
		size += len(part)
	}
	for s := range m.bad {
		if sector <= s && s < sector+uint64(size+Sector-1)/Sector {
			status[0] = m.bad[s]
			return written
		}
	}
	status[0] = 0
	switch binary.LittleEndian.Uint32(header) {
	case 0:
		at := int(sector) * Sector
		for _, part := range data {
			at += copy(part, m.content[at:])
			written += uint32(len(part))
		}
	case 1:
		copy(m.content[sector*Sector:], header[16:])
	case 4:
		m.flushes++
	case 8:
		written += uint32(copy(data[0], "fake-disk-0123456789"))
	default:
		status[0] = 2
	}
	return written
}

func (m *medium) open(interrupt bool) *Disk {
	m.t.Helper()
	dev, err := virtio.Probe(quiet{registers{m}})
	if err != nil {
		m.t.Fatal(err)
	}
	d, err := New(dev, m.window, interrupt)
	if err != nil {
		m.t.Fatal(err)
	}
	return d
}

// both runs a test in a bubble with a disk of each version.
func both(t *testing.T, sectors int, test func(t *testing.T, m *medium)) {
	for _, legacy := range []bool{true, false} {
		t.Run(fmt.Sprintf("legacy=%v", legacy), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, newMedium(t, legacy, sectors)) })
		})
	}
}

func pattern(n int, seed uint64) []byte {
	r := rand.New(rand.NewPCG(seed, 7))
	b := make([]byte, n)
	for i := range b {
		b[i] = byte(r.Uint32())
	}
	return b
}

// What is written is read back, in one request or many, whatever limits the device has
// for requests.
// Sabotage: leave the sector out of each; let prepare forget part.
func TestReadAndWrite(t *testing.T) {
	for _, limit := range []struct{ size, seg uint32 }{{0, 0}, {512, 3}, {1000, 2}, {4096, 1}, {700, 16}} {
		both(t, 256, func(t *testing.T, m *medium) {
			if limit.size != 0 {
				m.Offered |= featureSizeMax
				binary.LittleEndian.PutUint32(m.Config[8:], limit.size)
				binary.LittleEndian.PutUint32(m.Config[12:], limit.seg)
			}
			d := m.open(false)
			want := bytes.Clone(m.content)
			r := rand.New(rand.NewPCG(3, 4))
			for n := range 60 {
				sector, count := r.IntN(200), 1+r.IntN(56)
				data := pattern(count*Sector, uint64(n))
				if err := d.Write(uint64(sector), data, bound); err != nil {
					t.Fatal(err)
				}
				copy(want[sector*Sector:], data)
				got := make([]byte, 64*Sector)
				from := r.IntN(192)
				if err := d.Read(uint64(from), got, bound); err != nil || !bytes.Equal(got, want[from*Sector:][:len(got)]) {
					t.Fatalf("%v, or not what was written", err)
				}
			}
			if !bytes.Equal(m.content, want) {
				t.Error("the disk has something else")
			}
			if err := d.Flush(bound); err != nil || m.flushes != 1 {
				t.Errorf("%v, %d flushes", err, m.flushes)
			}
			if id, err := d.Identify(bound); err != nil || string(id[:]) != "fake-disk-0123456789" {
				t.Errorf("%q, %v", id, err)
			}
		})
	}
}

// What the disk does not have is refused before it is asked.
// Sabotage: leave out the comparison in check (sector + n overflows), or ReadOnly.
func TestRefused(t *testing.T) {
	both(t, 100, func(t *testing.T, m *medium) {
		m.Offered |= featureReadOnly
		d := m.open(false)
		b := make([]byte, 2*Sector)
		for _, sector := range []uint64{99, 100, 1 << 63, ^uint64(0)} {
			if err := d.Read(sector, b, bound); err != ErrRange {
				t.Errorf("sector %d: %v", sector, err)
			}
		}
		if err := d.Read(0, b[:100], bound); err != ErrRange {
			t.Error(err)
		}
		if err := d.Write(0, b, bound); err != ErrReadOnly {
			t.Error(err)
		}
		if m.served != 0 {
			t.Errorf("the device had %d requests", m.served)
		}
		if err := d.Read(98, b, bound); err != nil {
			t.Error(err)
		}
	})
}

// What the device reports as an error is one, of that request alone.
// Sabotage: let result return nil for statusIOError.
func TestErrors(t *testing.T) {
	both(t, 100, func(t *testing.T, m *medium) {
		m.bad[50], m.bad[60], m.bad[70] = 1, 2, 77
		d := m.open(false)
		b := make([]byte, Sector)
		for sector, want := range map[uint64]error{50: ErrIO, 60: ErrSupport} {
			if err := d.Read(sector, b, bound); err != want {
				t.Errorf("sector %d: %v", sector, err)
			}
			if err := d.Write(sector, b, bound); err != want {
				t.Errorf("sector %d: %v", sector, err)
			}
		}
		if err := d.Read(49, make([]byte, 4*Sector), bound); err != ErrIO {
			t.Errorf("%v", err)
		}
		if s := d.Stats(); s.Resets != 0 || s.Errors != 5 || s.Requests != 5 {
			t.Errorf("%+v", s)
		}
		if err := d.Read(70, b, bound); !errors.Is(err, errLie) || d.Stats().Resets != 1 {
			t.Errorf("a status that there is not: %v, %+v", err, d.Stats())
		}
		if err := d.Read(1, b, bound); err != nil {
			t.Errorf("after the reset: %v", err)
		}
	})
}

// A request that the device does not answer ends within its bound, with those beside it,
// and the device with a reset; then it works again.
// Sabotage: leave restart out of expire (the test hangs); give the slot back in wait at the deadline.
func TestBoundPasses(t *testing.T) {
	both(t, 100, func(t *testing.T, m *medium) {
		m.Lazy = true
		d := m.open(true)
		began := time.Now()
		var all sync.WaitGroup
		for i := range 12 {
			all.Go(func() {
				err := d.Write(uint64(i), pattern(Sector, 1), bound)
				if err != ErrUnknown && err != ErrBusy {
					t.Errorf("%v", err)
				}
			})
		}
		all.Wait()
		if took := time.Since(began); took > 2*bound+time.Millisecond || d.Stats().Resets == 0 || m.served != 0 {
			t.Errorf("after %v: %+v, %d served", took, d.Stats(), m.served)
		}
		m.Lazy = false
		if err := d.Write(1, pattern(Sector, 2), bound); err != nil {
			t.Error(err)
		}
		if len(d.unused) != slots {
			t.Errorf("%d slots are unused", len(d.unused))
		}
	})
}

// A device that does not let itself be reset keeps what it has, and nobody waits for it.
// Sabotage: leave kept out of reset.
func TestStuck(t *testing.T) {
	both(t, 100, func(t *testing.T, m *medium) {
		m.Lazy, m.Stuck = true, true
		d := m.open(true)
		free := m.window.Free()
		if err := d.Write(1, pattern(Sector, 1), bound); err != ErrUnknown {
			t.Error(err)
		}
		if len(d.unused) != slots-1 || m.window.Free() != free {
			t.Errorf("%d slots are unused", len(d.unused))
		}
		began := time.Now()
		if err := d.Write(1, pattern(Sector, 1), bound); err != virtio.ErrStuck || time.Since(began) != 0 {
			t.Errorf("%v after %v", err, time.Since(began))
		}
	})
}

// With its interrupt a request ends at once when that is served, without one a little
// later; a lost interrupt costs gapWithInterrupt.
// Sabotage: leave collect out of Interrupt, or look out of wait.
func TestInterrupts(t *testing.T) {
	both(t, 100, func(t *testing.T, m *medium) {
		m.Lazy = true
		d := m.open(true)
		for _, lost := range []bool{false, true} {
			began := time.Now()
			done := make(chan time.Duration)
			go func() {
				if err := d.Read(0, make([]byte, Sector), bound); err != nil {
					t.Error(err)
				}
				done <- time.Since(began)
			}()
			synctest.Wait()
			d.mu.Lock() // the race detector knows no bus
			m.Work(0, -1)
			d.mu.Unlock()
			if !m.Interrupting() {
				t.Fatal("no interrupt")
			}
			if !lost {
				if d.Interrupt(); m.Interrupting() {
					t.Error("the interrupt is still there")
				}
			}
			if took := <-done; lost != (took == gapWithInterrupt) || !lost && took != 0 {
				t.Errorf("lost=%v: %v", lost, took)
			}
		}
		if s := d.Stats(); s.Interrupts != 1 || s.Polled != 1 {
			t.Errorf("%+v", s)
		}
	})
}

// Many goroutines, with and without interrupts, for the race detector: each sector has
// in the end what was written last.
// Sabotage: leave the lock out of submit.
func TestMany(t *testing.T) {
	m := newMedium(t, false, 256)
	d := m.open(false)
	stop := make(chan struct{})
	var loop, all sync.WaitGroup
	loop.Go(func() {
		for {
			select {
			case <-stop:
				return
			default:
				d.Interrupt()
			}
		}
	})
	for g := range 16 {
		all.Go(func() {
			for n := range 50 {
				data := pattern(16*Sector, uint64(g*1000+n))
				got := make([]byte, len(data))
				if err := d.Write(uint64(16*g), data, 10*time.Second); err != nil {
					t.Error(err)
					return
				}
				if err := d.Read(uint64(16*g), got, 10*time.Second); err != nil || !bytes.Equal(got, data) {
					t.Errorf("%v, or something else", err)
					return
				}
			}
		})
	}
	all.Wait()
	close(stop)
	loop.Wait()
}

// A disk that is of no use, or does not come up, leaves nothing behind.
func TestBadDisks(t *testing.T) {
	for name, change := range map[string]func(m *medium){
		"no parts":  func(m *medium) { binary.LittleEndian.PutUint32(m.Config[12:], 0) },
		"no queue":  func(m *medium) { m.QueueMax = 0 },
		"no room":   func(m *medium) { m.QueueMax = 2 },
		"no memory": func(m *medium) { m.window = dma.NewWindow(m.Memory[:64<<10], virtiotest.Base, nil) },
	} {
		both(t, 16, func(t *testing.T, m *medium) {
			change(m)
			free := m.window.Free()
			dev, err := virtio.Probe(regtest.New(registers{m}))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := New(dev, m.window, true); err == nil {
				t.Errorf("%s: it comes up", name)
			}
			if m.window.Free() != free {
				t.Errorf("%s: %d bytes of %d are free", name, m.window.Free(), free)
			}
		})
	}
}

// Of several requests those are done that the device has given back, in whatever order,
// and no other, also when it is reset before it has come to the rest.
// Sabotage: let reset end requests with nil, or collect end all that fly.
func TestOnlyWhatIsDone(t *testing.T) {
	both(t, 100, func(t *testing.T, m *medium) {
		m.Lazy = true
		d := m.open(true)
		var results [slots]error
		var all sync.WaitGroup
		for i := range results {
			all.Go(func() { results[i] = d.Write(uint64(i), pattern(Sector, uint64(i)), bound) })
		}
		synctest.Wait()
		m.Work(0, 3)
		d.Interrupt()
		synctest.Wait()
		d.mu.Lock()
		d.restart(ErrUnknown)
		d.mu.Unlock()
		all.Wait()
		done := 0
		for i, err := range results {
			there := bytes.Equal(m.content[i*Sector:][:Sector], pattern(Sector, uint64(i)))
			if err == nil {
				done++
			}
			if (err == nil) != there || err != nil && err != ErrUnknown {
				t.Errorf("write %d: %v, and is on the disk: %v", i, err, there)
			}
		}
		if done != 3 {
			t.Errorf("%d are done", done)
		}
	})
}

// FuzzDisk lets a device answer with any status and any used entry, and with any register
// now and then. A write is reported done only if the device had it and said so.
func FuzzDisk(f *testing.F) {
	brief.Shorten(f)
	f.Add([]byte{1, 2, 3, 4, 5, 6, 7, 8}, true)
	f.Add(bytes.Repeat([]byte{9, 250, 0, 31}, 30), false)
	f.Fuzz(func(t *testing.T, input []byte, legacy bool) {
		synctest.Test(t, func(t *testing.T) {
			m := newMedium(t, legacy, 64)
			next := func() byte {
				if len(input) == 0 {
					return 0
				}
				b := input[0]
				input = input[1:]
				return b
			}
			said := 0
			m.Serve = func(q uint32, c *virtiotest.Chain) uint32 {
				n := m.serve(q, c)
				if b := next(); b > 128 {
					c.Write[len(c.Write)-1][0] = b % 5
				}
				if status := c.Write[len(c.Write)-1]; status[0] == 0 {
					said++
				}
				return n
			}
			m.Lie = func(id, length *uint32) uint16 {
				switch b := next(); b % 8 {
				case 5:
					*id = uint32(next())
				case 6:
					*length = uint32(next()) << (b % 32)
				case 7:
					return uint16(b % 4)
				}
				return 1
			}
			d := m.open(false)
			for i := range 20 {
				before, served := said, m.served
				data := pattern(Sector, uint64(i))
				err := d.Write(uint64(i), data, bound)
				if err == nil && (said == before || m.served == served || !bytes.Equal(m.content[i*Sector:][:Sector], data)) {
					t.Fatalf("write %d is reported done", i)
				}
			}
		})
	})
}
