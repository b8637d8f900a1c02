package disk

import (
	"errors"
	"fmt"
	"time"

	"atoll/drivers/virtio"
	"atoll/drivers/virtio/blk"
)

// Sector is the unit of addresses, in bytes.
const Sector = blk.Sector

// Buffers of each end of a binding.
const (
	BufferCount = 2
	BufferBytes = 16 << 10

	maxCount = BufferBytes / Sector // sectors in one request
)

// RequestTime is how long the owner lets a disk work on one request, and askTime how
// long a client waits for its answer: longer, for others ask, too.
const (
	RequestTime = 10 * time.Second
	askTime     = 30 * time.Second
	stepTime    = 5 * time.Second // to hand a buffer over
	restTime    = time.Minute
)

// Types of messages.
const (
	typeAsk uint16 = 1 + iota
	typeAnswer
)

// Operations.
const (
	opInfo uint64 = iota
	opRead
	opWrite
	opFlush
	opIdentify
)

// Disk is a disk, here or at another core. Its methods block, for goroutines.
type Disk interface {
	Read(sector uint64, into []byte, bound time.Duration) error
	Write(sector uint64, data []byte, bound time.Duration) error
	Flush(bound time.Duration) error
	Identify(bound time.Duration) ([20]byte, error)
	// Measure returns how many sectors there are, and whether they can only be read.
	Measure() (sectors uint64, readOnly bool, err error)
}

// ErrLost says that the core that drives the disk has not answered: what it was asked for
// may be done, in part, or not.
var ErrLost = errors.New("what became of the request is not known")

// ErrRefused says that the owner takes a request for nonsense.
var ErrRefused = errors.New("the disk's core does not understand the request")

// codes are the errors that an answer can carry, by their code. 0 is success; what is not
// here is the last.
var codes = [...]error{
	nil, blk.ErrIO, blk.ErrSupport, blk.ErrReadOnly, blk.ErrRange, blk.ErrBusy, blk.ErrUnknown,
	virtio.ErrStuck, ErrRefused, errors.New("the disk does not work"),
}

// codeOf returns the code of an error.
func codeOf(err error) uint64 {
	for code, e := range codes {
		if errors.Is(err, e) {
			return uint64(code)
		}
	}
	return uint64(len(codes) - 1)
}

// errorOf returns the error of a code, which is input.
func errorOf(code uint64) error {
	if code >= uint64(len(codes)) {
		return fmt.Errorf("the disk's core answers with code %d, which there is not", code)
	}
	return codes[code]
}
