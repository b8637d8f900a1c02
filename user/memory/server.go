package memory

import (
	"fmt"
	"time"

	"atoll/kernel/abi"
	"atoll/kernel/capability"
	"atoll/user/slots"
	"atoll/user/sys"
)

// RAM is a piece of RAM from the memory server.
type RAM struct {
	Cap  sys.Cap
	Size uint64 // bytes
}

// Take asks the memory server for RAM, in whole pages. align is a power of two, 0 for a
// page. It fails with the server's error: ErrNoMemory, if the core has none, ErrLimit, if the
// program has as much as it may have.
func Take(bytes, align uint64) (RAM, error) { return take(abi.MemoryTake, bytes, align) }

// TakeAny is Take, but of another core's RAM if this one has none. Frames and smaller pieces can be
// made of that, and no objects of the kernel; it ends when that core dies.
func TakeAny(bytes, align uint64) (RAM, error) { return take(abi.MemoryTakeAny, bytes, align) }

func take(what, bytes, align uint64) (RAM, error) {
	slot, err := slots.Own.Take()
	if err != nil {
		return RAM{}, err
	}
	m := sys.Message{Words: [abi.MessageWords]uint64{what, bytes, align}}
	if err := ask(&m, slot); err != nil {
		slots.Own.Give(slot)
		return RAM{}, err
	}
	return RAM{slot, bytes}, nil
}

// mostTries bounds how often Give asks. Each time the server takes apart some of the CNodes that
// have been deleted, whosesoever, in turn: by then it has been through all that a core's programs
// can have.
const mostTries = 1 << 18

// Give gives a piece of RAM back, of which nothing may be made. The server takes its time to
// have it again. It fails with ErrInUse if something is made of it; with ErrAgain, if meanwhile
// others delete CNodes without end.
func Give(r RAM) error {
	err := error(abi.ErrAgain)
	for tries := 0; err == abi.ErrAgain && tries < mostTries; tries++ {
		m := sys.Message{Words: [abi.MessageWords]uint64{abi.MemoryGive}, Cap: r.Cap}
		err = ask(&m, 0)
	}
	if err != nil {
		return err
	}
	// The server revokes the piece, perhaps after it has answered.
	if err := sys.Delete(r.Cap); err != nil && err != abi.Error(capability.ErrNoSuchCap) {
		return err
	}
	slots.Own.Give(r.Cap)
	return nil
}

// Left returns how many bytes of RAM the core has that nobody holds, and how many in all.
func Left() (free, all uint64, err error) {
	m := sys.Message{Words: [abi.MessageWords]uint64{abi.MemoryLeft}}
	err = ask(&m, 0)
	return m.Words[1], m.Words[2], err
}

// patience bounds AwaitLeft: the server takes RAM back beside what else it does.
const patience = 10 * time.Second

// AwaitLeft waits until the core has as many bytes free as before, and fails with a sentence
// if it does not come to that: something that was taken has not been given back, or others
// take and give meanwhile.
func AwaitLeft(before uint64) error {
	var left uint64
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		var err error
		if left, _, err = Left(); err != nil {
			return err
		}
		if left == before {
			return nil
		}
	}
	return fmt.Errorf("%d bytes of memory are left, %d were before", left, before)
}

// ask exchanges a message with the memory server, which answers at once.
func ask(m *sys.Message, slot sys.Cap) error {
	if err := sys.Exchange(abi.SlotMemory, 0, m, slot, abi.Forever); err != nil {
		return err
	}
	if e := abi.Error(m.Words[0]); e != abi.OK {
		return e
	}
	if slot != 0 && m.Cap == 0 {
		return abi.ErrNoMemory // an answer without what was asked for
	}
	return nil
}
