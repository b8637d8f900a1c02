package ump

import "atoll/arch/order"

// PingBare makes n round trips of two words in the frame, one for each end, which the peer
// answers by PongBare at the same time: the least that a message and its answer can cost.
// Each wait has so many looks. It returns how many trips there were. Both ends may make
// them in parts of their own, as many in all.
func (c *Channel) PingBare(n, looks uint64) uint64 {
	mine, theirs := c.ch.Lines()
	done := order.PingBare(&mine.Bare, &theirs.Bare, c.bare+1, n, looks)
	c.bare += done
	return done
}

// PongBare is documented with PingBare.
func (c *Channel) PongBare(n, looks uint64) uint64 {
	mine, theirs := c.ch.Lines()
	done := order.PongBare(&mine.Bare, &theirs.Bare, c.bare+1, n, looks)
	c.bare += done
	return done
}
