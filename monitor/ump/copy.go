package ump

import "atoll/arch/order"

// CopyFrame copies a frame that the other end may still write, to memory that nobody else
// uses: of each message the control word before what it stands for, so that none is copied
// that was not whole.
func CopyFrame(to, from *Frame) {
	for e := range from.Ring {
		for i := range from.Ring[e] {
			s, d := &from.Ring[e][i], &to.Ring[e][i]
			d.Control = order.LoadAcquire64(&s.Control)
			for w := range s.W {
				d.W[w] = order.Load64(&s.W[w])
			}
		}
		s, d := &from.Line[e], &to.Line[e]
		d.Ack, d.Link, d.Wait = order.Load64(&s.Ack), order.Load64(&s.Link), order.Load64(&s.Wait)
	}
}
