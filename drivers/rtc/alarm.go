package rtc

import "time"

// Registers of the alarm. A store of the low half arms it with both halves.
const (
	alarmLow       = 0x08
	alarmHigh      = 0x0c
	irqEnabled     = 0x10
	clearAlarm     = 0x14
	clearInterrupt = 0x1c
)

// Arm has the clock interrupt once, a while from now.
func (c *Clock) Arm(after time.Duration) error {
	now, err := c.Now()
	if err != nil {
		return err
	}
	at := now + uint64(max(after, 0))
	c.regs.Write32(irqEnabled, 1)
	c.regs.Write32(alarmHigh, uint32(at>>32))
	c.regs.Write32(alarmLow, uint32(at))
	return nil
}

// Quiet has the clock request no interrupt any more.
func (c *Clock) Quiet() { c.regs.Write32(clearInterrupt, 1) }

// Disarm has the clock interrupt no more, in whatever state somebody has left it.
func (c *Clock) Disarm() {
	c.regs.Write32(irqEnabled, 0)
	c.regs.Write32(clearAlarm, 1)
	c.Quiet()
}
