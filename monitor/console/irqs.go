package console

// InterruptReports is what commands can ask about the interrupts of devices.
type InterruptReports interface {
	// Interrupts asks a core how the devices that it drives interrupt it.
	Interrupts(core int) (Interrupts, error)
}

// Interrupts is what a core says of the interrupts of its devices.
type Interrupts struct {
	Devices []InterruptDevice
	Stray   uint64 // interrupts that nobody handles
}

// InterruptDevice is one device.
type InterruptDevice struct {
	Path, Kind         string
	How                string // "claim", "wire" or "message"; "polled" if it has none
	Controller, Source int
	Line               uint64 // as what it is taken: the source, or the identity of a message
	Count              uint64 // interrupts of it in this life of the core
}
