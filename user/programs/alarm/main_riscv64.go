// Alarm is a driver in user mode: of the goldfish real-time clock, whose alarm interrupts.
package main

import (
	"fmt"
	"io"
	"strconv"
	"time"

	"atoll/drivers/reg"
	"atoll/drivers/rtc"
	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/memory"
	"atoll/user/program"
	"atoll/user/slots"
	"atoll/user/sys"
)

const about = `alarm source times: has the goldfish real-time clock with that interrupt source
interrupt so often, a few milliseconds apart; plan lists the sources of devices. It needs the
capability to the core that holds the clock, as in run -trusted alarm 11 3`

func main() { program.Main("alarm", about, alarm) }

// bound is how long it waits for what should come soon.
const bound = 10 * time.Second

func alarm(args []string, out io.Writer) error {
	if len(args) != 2 {
		return program.Misuse("a source and a number are needed")
	}
	source, err := strconv.ParseUint(args[0], 0, 64)
	times, err2 := strconv.ParseUint(args[1], 10, 32)
	if err != nil || err2 != nil || times == 0 {
		return program.Misuse("the source and how often are numbers, the latter not 0")
	}
	d, err := open(source)
	if err != nil {
		return err
	}
	defer d.clock.Disarm()
	fmt.Fprintf(out, "alarm: drives source %d\n", source)
	for n := range times {
		if err := d.ring(); err != nil {
			return fmt.Errorf("alarm %d: %w", n+1, err)
		}
	}
	fmt.Fprintf(out, "alarm: source %d has interrupted %d times, in as many messages\n", source, times)
	return nil
}

// device is the clock, its interrupt and the endpoint that is told.
type device struct {
	clock         *rtc.Clock
	source        uint64
	irq, endpoint sys.Cap
}

// open takes the source, and maps the clock's registers.
func open(source uint64) (*device, error) {
	arena, err := memory.NewArena(64 << 10)
	if err != nil {
		return nil, err
	}
	d := &device{source: source}
	if d.irq, err = slots.Own.Take(); err != nil {
		return nil, err
	}
	registers, err := slots.Own.Take()
	if err != nil {
		return nil, err
	}
	endpoint, err := arena.Make(capability.Endpoint, 4<<10)
	if err != nil {
		return nil, err
	}
	d.endpoint = endpoint.Cap
	if err := sys.TakeIRQ(abi.SlotKernel, source, d.irq, registers, sys.After(bound)); err != nil {
		return nil, fmt.Errorf("source %d: %w", source, err)
	}
	is, err := sys.Identify(registers)
	if err != nil {
		return nil, err
	}
	va, err := memory.NewSpace(arena).Map(registers, is.Size, capability.Read|capability.Write)
	if err != nil {
		return nil, err
	}
	d.clock = rtc.New(reg.At(uintptr(va)))
	d.clock.Disarm()
	return d, sys.BindIRQ(d.irq, d.endpoint)
}

// ring arms the alarm, and waits for the message that it has come.
func (d *device) ring() error {
	if err := d.clock.Arm(3 * time.Millisecond); err != nil {
		return err
	}
	var m sys.Message
	if err := sys.Receive(d.endpoint, &m, 0, sys.After(bound)); err != nil {
		return err
	}
	if m.Words[0] != d.source || m.Words[1] != 1 {
		return fmt.Errorf("the message is of source %d and %d interrupts", m.Words[0], m.Words[1])
	}
	d.clock.Quiet()
	return sys.AckIRQ(d.irq)
}
