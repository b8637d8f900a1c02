package monitor

import (
	"time"

	"atoll/arch/order"
)

// Sleeps counts the sleeps of Wait.
func (h *simHart) Sleeps() (count, last uint64) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.sleeps, h.slept
}

// sleep takes note that this core begins to sleep.
func (h *simHart) sleep() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.sleeps++
	h.slept = h.time()
}

func (h *simHart) Hurry() {}

// Stir notes a seed.
func (h *simHart) Stir(seed *[8]uint32) { h.stirred = append(h.stirred, *seed) }

// BareWake sleeps between its looks.
func (h *simHart) BareWake(t *BareTrip) (word, took uint64, slept, ok bool) {
	if t.Asks && !t.Again {
		time.Sleep(time.Duration(t.Pause))
		order.StoreRelease64(t.Mine, h.time())
	}
	for !ok && h.time() < t.Until {
		h.strike()
		word = order.LoadAcquire64(t.Theirs)
		if ok = word != t.Seen; !ok {
			slept = true
			time.Sleep(max(h.m.tick/10, time.Microsecond))
		}
	}
	if ok && !t.Asks {
		took := h.time() - word
		time.Sleep(time.Duration(t.Pause))
		order.StoreRelease64(t.Mine, took<<40|h.time()&(1<<40-1))
	}
	return word, word>>40 + (h.time()-word)&(1<<40-1), slept, ok
}
