package rtc

import (
	"errors"

	"atoll/drivers/reg"
)

// Compatible is the device tree's name of the chip.
const Compatible = "google,goldfish-rtc"

// Registers: a load of the low half latches the high half.
const (
	timeLow  = 0x0
	timeHigh = 0x4
)

// ErrTime is returned for a time that no clock shows.
var ErrTime = errors.New("rtc: the clock shows no plausible time")

// Clock is a goldfish RTC.
type Clock struct{ regs reg.Block }

// New returns the clock behind regs. It touches no register.
func New(regs reg.Block) *Clock { return &Clock{regs} }

// Now returns the time in nanoseconds since 1970-01-01 00:00 UTC. ErrTime means
// that it is 0 or does not fit an int64, as from a bus without a chip.
func (c *Clock) Now() (uint64, error) {
	low := uint64(c.regs.Read32(timeLow)) // before the high half: latches it
	ns := uint64(c.regs.Read32(timeHigh))<<32 | low
	if ns == 0 || int64(ns) < 0 {
		return 0, ErrTime
	}
	return ns, nil
}
