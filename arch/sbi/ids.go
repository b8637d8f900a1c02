package sbi

// Extension ids (EID). The legacy ids are themselves functions.
const (
	ExtLegacyPutchar  = 0x01       // chapter 5
	ExtLegacyGetchar  = 0x02       // chapter 5
	ExtLegacyShutdown = 0x08       // chapter 5
	ExtBase           = 0x10       // chapter 4
	ExtTime           = 0x54494d45 // "TIME", chapter 6
	ExtIPI            = 0x735049   // "sPI", chapter 7
	ExtRFence         = 0x52464e43 // "RFNC", chapter 8
	ExtHSM            = 0x48534d   // "HSM", chapter 9
	ExtSRST           = 0x53525354 // "SRST", chapter 10
	ExtDBCN           = 0x4442434e // "DBCN", chapter 12
)

// Function ids (FID) within an extension.
const (
	baseSpecVersion = 0
	baseImplID      = 1
	baseImplVersion = 2
	baseProbe       = 3

	timeSetTimer = 0

	ipiSend = 0

	rfenceFenceI    = 0
	rfenceSFenceVMA = 1

	hsmStart  = 0
	hsmStop   = 1
	hsmStatus = 2

	srstReset = 0

	dbcnWrite     = 0
	dbcnRead      = 1
	dbcnWriteByte = 2
)

// Error is the error code that a call returns in A0 (chapter 3). Codes below -9
// are of version 3.0.
type Error int64

// The standard error codes.
const (
	Success          Error = 0
	ErrFailed        Error = -1
	ErrNotSupported  Error = -2
	ErrInvalidParam  Error = -3
	ErrDenied        Error = -4
	ErrInvalidAddr   Error = -5
	ErrAlreadyAvail  Error = -6
	ErrAlreadyStart  Error = -7
	ErrAlreadyStop   Error = -8
	ErrNoSharedMem   Error = -9
	ErrInvalidState  Error = -10
	ErrBadRange      Error = -11
	ErrTimeout       Error = -12
	ErrIO            Error = -13
	ErrDeniedLocked  Error = -14
	lowestKnownError       = ErrDeniedLocked
)

// HartState is the state of a hart as HSM sees it (chapter 9).
type HartState uint64

// The states of a hart.
const (
	Started HartState = iota
	Stopped
	StartPending
	StopPending
	Suspended
	SuspendPending
	ResumePending
)

// ResetType says what SRST shall do to the system (chapter 10).
type ResetType uint32

// Types of reset.
const (
	Shutdown ResetType = iota
	ColdReboot
	WarmReboot
)

// ResetReason is a hint for the firmware (chapter 10).
type ResetReason uint32

// Reasons for a reset.
const (
	NoReason ResetReason = iota
	SystemFailure
)

// AllHarts as the base of a hart mask addresses every hart that S-mode may use
// (chapter 3).
const AllHarts = ^uint64(0)
