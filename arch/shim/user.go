package shim

// User is the registers of code in U-mode. The CPU driver fills them in, lets the
// code run, and finds here what it was doing when a trap ended the run.
//
// While it runs it is the save area that sscratch points to, so it begins as a thread
// does, and it must not be freed. It holds no Go pointer, so that it may lie in memory that
// the collector does not know.
type User struct {
	X     [32]uint64 // X[0] is unused
	PC    uint64
	Root  uint64 // physical address of its root table, 0: that of the instance alone; another after LeaveRoot or Reset
	Cause uint64 // scause of the trap that ended the run
	Value uint64 // stval of that trap
	f     [32]uint64
	fcsr  uint64

	fpUsed uint64 // 0: f and fcsr are 0, as at the beginning
}

// Causes of traps from U-mode (Privileged Architecture, table of scause).
const (
	CauseIllegal    = 2
	CauseBreakpoint = 3
	CauseUserCall   = 8
	CauseFetchFault = 12
	CauseLoadFault  = 13
	CauseStoreFault = 15
	// CauseInterrupt is set in the cause of an interrupt, which has been taken when the run
	// is served: it is nothing that the code has done.
	CauseInterrupt = 1 << 63
	// CauseStopped is none of the hardware's: there was no run.
	CauseStopped = CauseInterrupt | 1<<62
)

// FP returns the floating-point registers as they were when the run ended.
func (u *User) FP() (f [32]uint64, fcsr uint64) { return u.f, u.fcsr }

// UsesFP reports whether they may be others than 0.
func (u *User) UsesFP() bool { return u.fpUsed != 0 }

// SetFP sets the floating-point registers.
func (u *User) SetFP(f *[32]uint64, fcsr uint64) {
	forgetUser(u)
	u.f, u.fcsr, u.fpUsed = *f, fcsr, 1
}

// Reset clears all registers, for another program or before the memory is used for
// something else: the hart may still have the floating-point registers of the old one.
func (u *User) Reset() {
	forgetUser(u)
	*u = User{}
}
