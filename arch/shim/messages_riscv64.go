package shim

import "atoll/arch/layout"

// A hart with an IMSIC takes messages: stores of an identity to the page of its
// interrupt file, by other harts, by an interrupt controller or by a device. It sees
// the file through CSRs (RISC-V Advanced Interrupt Architecture 1.0, chapters 2 and 3):
// an enabled identity that is pending raises the external interrupt. Taking one clears
// it, so nothing has to be masked until a driver has been served, and the doorbell,
// which is an identity of its own, is told from devices at once.

// Indirect registers of a file (section 3.8). On RV64 each pair of the arrays is one of
// 64 bits, with the even number.
const (
	fileDelivery  = 0x70 // 1: the hart is interrupted
	fileThreshold = 0x72 // 0: every identity counts
	filePending   = 0x80 // a bit an identity
	fileEnabled   = 0xc0
)

// Identities that we use are below 64*messageWords, see plan.Identity.
const messageWords = 2

// maxMessages is how many are taken before others have their turn.
const maxMessages = 64 * messageWords

// claimMessage takes the pending and enabled identity with the highest priority, the
// lowest number, and returns it in the bits from 16 on; 0 if there is none (stopei).
func claimMessage() uintptr

// writeFile sets an indirect register, and setFile sets bits of it. siselect is not kept
// over traps: only this package uses it, with interrupts off.
func writeFile(register, v uintptr)
func setFile(register, bits uintptr)

// openFile makes the file's state that of a birth: nothing of an earlier life is
// pending or enabled, and doorbells come through. Emulators trap at registers of
// identities that there are not. Runs with the MMU off.
func openFile(highest uint64) {
	writeFile(fileDelivery, 0)
	for i := uintptr(0); i <= uintptr(highest)/64*2; i += 2 {
		writeFile(fileEnabled+i, 0)
		writeFile(filePending+i, 0)
	}
	writeFile(fileThreshold, 0)
	setFile(fileEnabled, 1<<layout.DoorbellMessage)
	writeFile(fileDelivery, 1)
}

// takeMessages turns pending messages into events.
func (c *core) takeMessages() {
	for range maxMessages {
		id := claimMessage() >> 16
		switch {
		case id == 0:
			return
		case id == layout.DoorbellMessage:
			c.doorbell()
		case id < 64*messageWords:
			c.messages[id/64] |= 1 << (id % 64)
			c.post(EventExternal)
		}
	}
}

// enableMessage lets an identity through.
func (c *core) enableMessage(id uintptr) uintptr {
	if id == 0 || id > uintptr(c.row.Messages) || id >= 64*messageWords {
		return errno(einval)
	}
	setFile(fileEnabled+id/64*2, 1<<(id%64))
	return 0
}

// EnableMessage lets messages of an identity through, and reports false if this hart
// takes none such.
func EnableMessage(id uint32) bool { return call(callEnableMessage, uintptr(id), 0, 0, 0) == 0 }

// TakeMessage returns the lowest identity, but for the doorbell's, of which a message has
// come in since it was returned last, 0 if there is none.
func TakeMessage() uint32 { return uint32(call(callTakeMessage, 0, 0, 0, 0)) }

func (c *core) takeMessage() uintptr {
	for w := range c.messages {
		if word := c.messages[w]; word != 0 {
			bit := lowestBit(word)
			c.messages[w] &^= 1 << bit
			return uintptr(w)*64 + bit
		}
	}
	return 0
}

// lowestBit returns the number of the lowest bit set.
func lowestBit(word uint64) (n uintptr) {
	for word&1 == 0 {
		word >>= 1
		n++
	}
	return n
}
