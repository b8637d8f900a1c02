package sbi

import "strconv"

// Error writes the specification's name of the code. The method makes an Error
// an error; compare with Success before handing it on as one.
func (e Error) Error() string {
	if e > 0 || e < lowestKnownError {
		return "sbi: error " + strconv.FormatInt(int64(e), 10)
	}
	return "sbi: " + errorNames[-e]
}

var errorNames = [...]string{
	-Success:         "success",
	-ErrFailed:       "failed",
	-ErrNotSupported: "not supported",
	-ErrInvalidParam: "invalid parameter",
	-ErrDenied:       "denied or not allowed",
	-ErrInvalidAddr:  "invalid address",
	-ErrAlreadyAvail: "already available",
	-ErrAlreadyStart: "already started",
	-ErrAlreadyStop:  "already stopped",
	-ErrNoSharedMem:  "shared memory not available",
	-ErrInvalidState: "invalid state",
	-ErrBadRange:     "bad range",
	-ErrTimeout:      "timeout",
	-ErrIO:           "input/output error",
	-ErrDeniedLocked: "denied or not allowed because of lock status",
}

// String writes the specification's name of the state.
func (s HartState) String() string {
	if s >= HartState(len(stateNames)) {
		return "state " + strconv.FormatUint(uint64(s), 10)
	}
	return stateNames[s]
}

var stateNames = [...]string{
	Started:        "STARTED",
	Stopped:        "STOPPED",
	StartPending:   "START_PENDING",
	StopPending:    "STOP_PENDING",
	Suspended:      "SUSPENDED",
	SuspendPending: "SUSPEND_PENDING",
	ResumePending:  "RESUME_PENDING",
}

// ImplName names a firmware from its implementation id (chapter 4).
func ImplName(id uint64) string {
	if id >= uint64(len(implNames)) {
		return "implementation " + strconv.FormatUint(id, 10)
	}
	return implNames[id]
}

var implNames = [...]string{
	"BBL", "OpenSBI", "Xvisor", "KVM", "RustSBI", "Diosix",
	"Coffer", "Xen", "PolarFire HSS", "coreboot", "oreboot", "bhyve",
}
