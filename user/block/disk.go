package block

// Sector is the unit of addresses, in bytes.
const Sector = 512

// Disk is where a file system lies. Its methods block, within a bound, and try again what may be tried
// again: sectors are written as they are, however often.
type Disk interface {
	Read(sector uint64, into []byte) error
	Write(sector uint64, data []byte) error
	// Flush returns when all that was written before is on the medium.
	Flush() error
	Sectors() uint64
	ReadOnly() bool
	// Close says that it is not used any more.
	Close()
}
