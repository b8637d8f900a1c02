package printer

import (
	"fmt"
	"io"
	"sync"

	"atoll/boot/plan"
)

// maxPrinter bounds the memory of the lines that wait for the console, in bytes;
// lineCost is that of a line beside its text. While they are printed, as many again
// may come.
const (
	maxPrinter = 1 << 20
	lineCost   = 64
)

// Printer brings the lines of all cores to the console from a goroutine of its
// own, since the console may block while the event loop may not.
type Printer struct {
	mu      sync.Mutex
	changed sync.Cond
	queue   []printed
	bytes   int
	lost    int    // lines for which there was no room
	taken   uint64 // batches of lines that Run has taken,
	printed uint64 // and printed
}

type printed struct {
	core int
	text []byte
}

// New returns a printer, which prints once it runs.
func New() *Printer {
	p := &Printer{}
	p.changed.L = &p.mu
	return p
}

// Line queues a line. It never blocks: beyond its bound, lines are counted and
// dropped.
func (p *Printer) Line(core int, text []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.bytes+len(text)+lineCost > maxPrinter {
		p.lost++
		return
	}
	p.queue = append(p.queue, printed{core, append([]byte(nil), text...)})
	p.bytes += len(text) + lineCost
	p.changed.Broadcast()
}

// Run prints. open makes a way to the console for one core. It does not return.
func (p *Printer) Run(open func() io.Writer) {
	var out [plan.MaxCores]io.Writer
	own := open()
	for {
		list, lost := p.take()
		for _, l := range list {
			if out[l.core] == nil {
				out[l.core] = open()
			}
			out[l.core].Write(l.text)
		}
		if lost > 0 {
			fmt.Fprintf(own, "%d lines were lost: they came faster than the console prints\n", lost)
		}
		p.mu.Lock()
		p.printed = p.taken
		p.changed.Broadcast()
		p.mu.Unlock()
	}
}

// take waits for lines.
func (p *Printer) take() ([]printed, int) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for len(p.queue) == 0 && p.lost == 0 {
		p.changed.Wait()
	}
	list, lost := p.queue, p.lost
	p.queue, p.bytes, p.lost = nil, 0, 0
	p.taken++
	return list, lost
}

// Drain waits until the lines queued so far have been printed; what a core goes on
// to say meanwhile does not keep it.
func (p *Printer) Drain() {
	p.mu.Lock()
	defer p.mu.Unlock()
	last := p.taken
	if len(p.queue) > 0 || p.lost > 0 {
		last++
	}
	for p.printed < last {
		p.changed.Wait()
	}
}
