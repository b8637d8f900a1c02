package imsic

import "atoll/drivers/reg"

// setPendingLE is seteipnum_le (section 3.5): the number of an identity to make pending,
// little-endian. A number that the file does not have is ignored.
const setPendingLE = 0

// File is the page of a hart's interrupt file.
type File struct{ regs reg.Block }

// New returns the file whose page is at the start of regs. It touches no register.
func New(regs reg.Block) *File { return &File{regs} }

// Send makes an identity pending. What this hart has stored before, the other sees when
// it takes the message: a store to a register is fenced so (package mmio).
func (f *File) Send(id uint32) { f.regs.Write32(setPendingLE, id) }
