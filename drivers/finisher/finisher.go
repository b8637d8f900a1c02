package finisher

import "atoll/drivers/reg"

// Compatibles are the device tree's names of the chip.
var Compatibles = [...]string{"sifive,test1", "sifive,test0"}

// What the one register takes: a command below, a code above bit 16.
const (
	finish = 0x0

	cmdFail  = 0x3333
	cmdPass  = 0x5555
	cmdReset = 0x7777
)

// Finisher ends the run.
type Finisher struct{ regs reg.Block }

// New returns the finisher behind regs. It touches no register.
func New(regs reg.Block) *Finisher { return &Finisher{regs} }

// Pass ends the emulator with status 0.
func (f *Finisher) Pass() { f.regs.Write32(finish, cmdPass) }

// Fail ends the emulator with the status, which is one byte on the host. Status
// 0 would read as success, so it becomes 1.
func (f *Finisher) Fail(status uint8) {
	if status == 0 {
		status = 1
	}
	f.regs.Write32(finish, uint32(status)<<16|cmdFail)
}

// Reset restarts the machine.
func (f *Finisher) Reset() { f.regs.Write32(finish, cmdReset) }
