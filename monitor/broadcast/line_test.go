package broadcast

import (
	"math/rand/v2"
	"runtime"
	"sync"
	"testing"

	"atoll/arch/order"
)

// message is the one of a number: long or short.
func message(n uint64) (m Message, words int) {
	words = Short
	if n%3 == 0 {
		words = Words
	}
	for i := range words {
		m[i] = n<<8 | uint64(i)
	}
	return m, words
}

// check is what holds of every message that is taken: it is whole.
func check(t *testing.T, got *Message) uint64 {
	t.Helper()
	n := got[0] >> 8
	if want, _ := message(n); *got != want {
		t.Errorf("message %d is %v", n, got)
	}
	return n
}

// Readers that are waited for read everything, each once, in order, whole; one that is
// not, and looks now and then, reads whole messages in order. For the race detector, too.
// Sabotage: store the control word before the words in Put.
func TestConcurrent(t *testing.T) {
	const n, waited = 20000, 3
	var page Page
	w := NewWriter(&page)
	var taken [waited]uint64 // by reader: not of the page
	var end uint64
	var wg sync.WaitGroup
	for i := range taken {
		wg.Go(func() {
			r := NewReader(&page, 1)
			for want := uint64(1); want <= n; {
				var m Message
				if !r.Take(&m) {
					runtime.Gosched()
					continue
				}
				if got := check(t, &m); got != want {
					t.Errorf("reader %d: message %d, want %d", i, got, want)
					break
				}
				order.StoreRelease64(&taken[i], want)
				want++
			}
			if r.Fault() || r.Lapped() > 0 {
				t.Errorf("reader %d: fault %v, lapped %d times", i, r.Fault(), r.Lapped())
			}
		})
	}
	wg.Go(func() {
		r := NewReader(&page, 1)
		last, read := uint64(0), 0
		for order.LoadAcquire64(&end) == 0 {
			var m Message
			if !r.Take(&m) {
				continue
			}
			got := check(t, &m)
			if got <= last {
				t.Errorf("message %d after %d", got, last)
			}
			last = got
			if read++; read%10 == 0 {
				for range 200 {
					runtime.Gosched()
				}
			}
		}
		if r.Fault() || read == 0 {
			t.Errorf("fault %v, %d read", r.Fault(), read)
		}
	})
	for i := uint64(1); i <= n; i++ {
		for r := range taken {
			for i > Keep && order.LoadAcquire64(&taken[r]) <= i-Keep-1 {
				runtime.Gosched()
			}
		}
		m, words := message(i)
		w.Put(&m, words)
	}
	order.StoreRelease64(&end, 1)
	wg.Wait()
}

// Who is lapped goes on with the last Keep messages; who begins later begins where it is
// told.
// Sabotage: let jump go on with the number that it has found.
func TestLapped(t *testing.T) {
	var page Page
	w := NewWriter(&page)
	r := NewReader(&page, 1)
	if r.Pending() {
		t.Error("something is pending on a page of zeros")
	}
	for i := uint64(1); i <= 2*Slots+5; i++ {
		m, words := message(i)
		w.Put(&m, words)
	}
	late := NewReader(&page, w.Next())
	if late.Pending() {
		t.Error("something is pending for who begins now")
	}
	var got []uint64
	for r.Pending() {
		var m Message
		if r.Take(&m) {
			got = append(got, check(t, &m))
		}
	}
	// It looks where message 1 stood and finds the one two laps later.
	first := uint64(1 + 2*Slots - Keep + 1)
	if len(got) != 2*Slots+5-int(first)+1 || got[0] != first || r.Lapped() != 1 || r.Fault() {
		t.Errorf("it read %v, lapped %d times, want those from %d on", got, r.Lapped(), first)
	}
	m, words := message(w.Next())
	w.Put(&m, words)
	for _, r := range []*Reader{&r, &late} {
		if !r.Pending() || !r.Take(&m) || m[0]>>8 != 2*Slots+6 {
			t.Errorf("it read %v", m)
		}
	}
}

// Whatever stands in the page, a Reader reads no more than is written, or stops.
// Sabotage: leave fault out of Take.
func FuzzReader(f *testing.F) {
	f.Add(uint64(1), uint64(1), uint64(3))
	f.Add(uint64(7), ^uint64(0), uint64(0))
	f.Fuzz(func(t *testing.T, seed, next, word uint64) {
		var page Page
		r := NewReader(&page, next)
		rng := rand.New(rand.NewPCG(seed, word))
		for range 200 {
			s := &page.slots[rng.IntN(Slots)]
			switch rng.IntN(4) {
			case 0:
				s.control = word
			case 1:
				s.control = r.next<<1 | word&1
			case 2:
				s.control = (r.next + Slots*uint64(rng.IntN(3))) << 1
			case 3:
				s.control = rng.Uint64()
			}
			before, faulty := r.next, r.fault
			var m Message
			took := r.Take(&m)
			if took && (r.next != before+1 || faulty) {
				t.Fatalf("from %d to %d, fault %v", before, r.next, faulty)
			}
		}
	})
}
