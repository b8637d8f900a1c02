package ump

// NextOut names the message that TrySend would send next by its control word, the
// type missing. On the other side it is NextIn before the TryRecv that returns it.
func (c *Channel) NextOut() uint64 { return c.tx.Next() }

// NextIn names the message that TryRecv would return next.
func (c *Channel) NextIn() uint64 { return c.rx.Next() }
