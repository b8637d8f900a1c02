package virtio

import (
	"errors"
	"fmt"

	"atoll/drivers/reg"
)

// Registers (4.2.2; those of legacy devices 4.2.4). R and W are as the driver sees it.
const (
	regMagic           = 0x000 // R "virt"
	regVersion         = 0x004 // R 1 legacy, 2
	regDeviceID        = 0x008 // R 0 = nothing in this slot
	regVendorID        = 0x00c // R
	regDeviceFeatures  = 0x010 // R 32 of the bits, as selected
	regFeaturesSel     = 0x014 // W
	regDriverFeatures  = 0x020 // W
	regDriverSel       = 0x024 // W
	regGuestPageSize   = 0x028 // W legacy
	regQueueSel        = 0x030 // W
	regQueueNumMax     = 0x034 // R
	regQueueNum        = 0x038 // W
	regQueueAlign      = 0x03c // W legacy
	regQueuePFN        = 0x040 // RW legacy
	regQueueReady      = 0x044 // RW
	regQueueNotify     = 0x050 // W
	regInterruptStatus = 0x060 // R
	regInterruptACK    = 0x064 // W
	regStatus          = 0x070 // RW
	regQueueDesc       = 0x080 // W low half, high half behind it
	regQueueDriver     = 0x090 // W
	regQueueDevice     = 0x0a0 // W
	regGeneration      = 0x0fc // R of the configuration
	regConfig          = 0x100

	magic = 0x74726976
)

// Size is how many bytes of registers a device has at least.
const Size = regConfig

// Bits of the device status (2.1).
const (
	statusAcknowledge = 1
	statusDriver      = 2
	statusDriverOK    = 4
	statusFeaturesOK  = 8
	statusNeedsReset  = 64
	statusFailed      = 128
)

// Feature bits of the transport and the queue (6). All of them are taken if they are offered.
const (
	FeatureVersion1       = 1 << 32 // of every modern device, and of no legacy one
	featureAccessPlatform = 1 << 33 // addresses are what the platform says: here physical ones
	featureOrderPlatform  = 1 << 36 // barriers must be those for real devices: ours are
	ours                  = FeatureVersion1 | featureAccessPlatform | featureOrderPlatform
)

// Device kinds (5).
const (
	Block   = 2
	Console = 3
	Entropy = 4
	NineP   = 9
)

// Errors of which callers want to know.
var (
	// ErrNone says that there is no device in a slot.
	ErrNone = errors.New("there is no device in this virtio slot")
	// ErrStuck says that a device does not end its work when it is told to: it may
	// still write to the memory that it was given.
	ErrStuck = errors.New("the device cannot be reset")
)

// resetReads is how often a device is asked whether it has been reset. One read takes a
// microsecond and more.
const resetReads = 100_000

// Device is a virtio device behind its registers.
type Device struct {
	ID       uint32 // Block, Console, ...
	Vendor   uint32
	Legacy   bool
	Features uint64 // that were negotiated

	regs   reg.Block
	queues []*Queue
}

// Probe looks at a slot. It fails with ErrNone if that is empty, and writes nothing.
func Probe(regs reg.Block) (*Device, error) {
	if m := regs.Read32(regMagic); m != magic {
		return nil, fmt.Errorf("not a virtio device: its first register reads %#x", m)
	}
	version := regs.Read32(regVersion)
	if version != 1 && version != 2 {
		return nil, fmt.Errorf("virtio registers of version %d are not known", version)
	}
	id := regs.Read32(regDeviceID)
	if id == 0 {
		return nil, ErrNone
	}
	return &Device{ID: id, Vendor: regs.Read32(regVendorID), Legacy: version == 1, regs: regs}, nil
}

// Reset makes the device forget all that it was told (2.4), and gives its queues' memory
// back. It fails with ErrStuck; then the memory stays taken.
func (d *Device) Reset() error {
	d.regs.Write32(regStatus, 0)
	for range resetReads {
		if d.regs.Read32(regStatus) == 0 {
			for _, q := range d.queues {
				q.free()
			}
			d.queues = nil
			return nil
		}
	}
	return ErrStuck
}

// Negotiate resets the device and agrees with it on features: of those that the driver
// wants the ones that it offers (3.1.1, steps 1 to 6). Queues come next, then Start.
func (d *Device) Negotiate(want uint64) error {
	if err := d.Reset(); err != nil {
		return err
	}
	d.setStatus(statusAcknowledge)
	d.setStatus(statusDriver)
	offered := uint64(d.feature(0))
	if !d.Legacy { // a legacy device has 32 bits (4.2.4, 6.3)
		offered |= uint64(d.feature(1)) << 32
	}
	d.Features = offered & (want | ours)
	if !d.Legacy && d.Features&FeatureVersion1 == 0 {
		d.fail()
		return errors.New("a virtio device of version 2 offers no VERSION_1")
	}
	d.accept(0, uint32(d.Features))
	if d.Legacy {
		d.regs.Write32(regGuestPageSize, pageSize)
		return nil
	}
	d.accept(1, uint32(d.Features>>32))
	d.setStatus(statusFeaturesOK)
	if d.regs.Read32(regStatus)&statusFeaturesOK == 0 {
		d.fail()
		return fmt.Errorf("the device does not accept the features %#x of the %#x that it offers", d.Features, offered)
	}
	return nil
}

func (d *Device) feature(sel uint32) uint32 {
	d.regs.Write32(regFeaturesSel, sel)
	return d.regs.Read32(regDeviceFeatures)
}

func (d *Device) accept(sel, bits uint32) {
	d.regs.Write32(regDriverSel, sel)
	d.regs.Write32(regDriverFeatures, bits)
}

// setStatus adds a bit to the status, of which a driver clears none (2.1.1).
func (d *Device) setStatus(bit uint32) {
	d.regs.Write32(regStatus, d.regs.Read32(regStatus)|bit)
}

// fail tells the device that the driver has given up.
func (d *Device) fail() { d.setStatus(statusFailed) }

// Start lets the device work (3.1.1, step 8).
func (d *Device) Start() { d.setStatus(statusDriverOK) }

// NeedsReset reports whether the device says that it has met an error that it cannot go
// on after (2.1.2).
func (d *Device) NeedsReset() bool { return d.regs.Read32(regStatus)&statusNeedsReset != 0 }

// interruptReads bounds the loop of Acknowledge.
const interruptReads = 8

// Acknowledge silences the device's interrupt and reports whether it had one. What has
// brought it is in the rings when it returns.
func (d *Device) Acknowledge() bool {
	any := false
	for range interruptReads {
		s := d.regs.Read32(regInterruptStatus)
		if s == 0 {
			break
		}
		any = true
		d.regs.Write32(regInterruptACK, s)
	}
	return any
}

// Config32 reads 32 bits of the device's configuration, at an offset in bytes.
func (d *Device) Config32(off uintptr) uint32 { return d.regs.Read32(regConfig + off) }

// generationReads bounds the loop of Config64.
const generationReads = 16

// Config64 reads 64 bits, all of the same configuration (2.5.1).
func (d *Device) Config64(off uintptr) uint64 {
	v := uint64(0)
	for range generationReads {
		before := d.generation()
		v = uint64(d.Config32(off)) | uint64(d.Config32(off+4))<<32
		if d.generation() == before {
			break
		}
	}
	return v
}

func (d *Device) generation() uint32 {
	if d.Legacy { // which has none
		return 0
	}
	return d.regs.Read32(regGeneration)
}
