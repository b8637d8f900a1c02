package monitor

import (
	"errors"
	"fmt"

	"atoll/boot/plan"
	"atoll/drivers/dma"
	"atoll/drivers/reg"
	"atoll/drivers/virtio"
	"atoll/drivers/virtio/blk"
	"atoll/drivers/virtio/console"
	"atoll/drivers/virtio/ninep"
	"atoll/drivers/virtio/rng"
)

// Virtio devices. Each of the plan's slots is handed over like any device that reaches
// memory by itself (handover.go), empty or not: what is in it shows only to its holder.
// The devices are given addresses of the holder's DMA window and no others.

// virtioSlots is this core's part in all slots.
type virtioSlots struct {
	m      *Monitor
	mapper registers
	unmap  func(*plan.Device)
	open   func() (*dma.Window, error)
	window *dma.Window // nil until a device wants it
}

// driveVirtio gives every virtio slot of the plan its driver on this core. Registers are
// mapped by mapper; open maps the DMA window, once.
func (m *Monitor) driveVirtio(mapper registers, unmap func(*plan.Device), open func() (*dma.Window, error)) {
	v := &virtioSlots{m: m, mapper: mapper, unmap: unmap, open: open}
	number := 0
	for i := int(m.plan.NDevices) - 1; i >= 0; i-- { // they stand in ascending order
		if dev := &m.plan.Devices[i]; dev.Kind == plan.DeviceVirtioMMIO {
			m.Drive(i, &virtioSlot{v: v, dev: dev, number: number})
			number++
		}
	}
}

// virtioSlot is one slot; it implements Driver.
type virtioSlot struct {
	v      *virtioSlots
	dev    *plan.Device
	number int // from the highest address on: QEMU puts its first device there
	virtio *virtio.Device
	serve  func() // its interrupt; nil until it works
}

var _ Driver = (*virtioSlot)(nil)

// slotOf returns the place in the plan of the slot with a number, -1 if there is none.
func (m *Monitor) slotOf(number int) int {
	for device, v := range m.devices.driven {
		if s, is := v.driver.(*virtioSlot); is && s.number == number {
			return device
		}
	}
	return -1
}

// Mask implements Driver.
func (s *virtioSlot) Mask(done func(error)) { done(s.v.m.irq.mask(s.dev)) }

// Reset implements Driver. It looks what stands in the slot; of one that is empty nothing
// stays mapped.
func (s *virtioSlot) Reset() error {
	if s.dev.Regs.Size < virtio.Size {
		return fmt.Errorf("its registers are %d bytes", s.dev.Regs.Size)
	}
	var regs reg.Block
	regs, err := s.v.mapper(s.dev)
	if err != nil {
		return err
	}
	s.virtio, err = virtio.Probe(regs)
	if err == nil {
		return s.virtio.Reset()
	}
	s.v.unmap(s.dev)
	if errors.Is(err, virtio.ErrNone) {
		return nil
	}
	return err
}

// Enable implements Driver. What needs no interrupt gets none.
func (s *virtioSlot) Enable(done func(error)) {
	if s.virtio == nil || s.virtio.ID != virtio.Block && s.virtio.ID != virtio.NineP {
		done(nil)
		return
	}
	s.v.m.attach(s.v.m.plan.Index(s.dev), func() {
		if s.serve != nil {
			s.serve()
		}
	}, done)
}

// Start implements Driver.
func (s *virtioSlot) Start(polled error) {
	if s.virtio == nil {
		return
	}
	err := error(nil)
	if s.v.window == nil {
		s.v.window, err = s.v.open()
	}
	if err == nil {
		err = s.start(polled)
	}
	if err != nil {
		s.v.m.lines.printf("core %d does not use %s: %v\n", s.v.m.self, s.dev.Path.String(), err)
	}
}

// start starts the driver for what stands in the slot.
func (s *virtioSlot) start(polled error) error {
	switch s.virtio.ID {
	case virtio.Block:
		d, err := blk.New(s.virtio, s.v.window, polled == nil)
		if err != nil {
			return err
		}
		s.serve = func() {
			if d.Interrupt(); d.Err() != nil { // it may request for ever
				s.v.m.irq.mask(s.dev)
			}
		}
		s.v.m.serveDiskNumber(s.number, d)
		return nil
	case virtio.NineP:
		c, err := ninep.New(s.virtio, s.v.window, polled == nil)
		if err != nil {
			return err
		}
		s.serve = func() {
			if c.Interrupt(); c.Err() != nil { // it may request for ever
				s.v.m.irq.mask(s.dev)
			}
		}
		s.v.m.serveShare(c)
		return nil
	case virtio.Console:
		p, err := console.New(s.virtio, s.v.window)
		if err == nil {
			s.v.m.logTo(p)
		}
		return err
	case virtio.Entropy:
		r, err := rng.New(s.virtio, s.v.window)
		if err == nil {
			s.v.m.seedFrom(r)
		}
		return err
	}
	return fmt.Errorf("there is no driver for virtio devices of kind %d", s.virtio.ID)
}
