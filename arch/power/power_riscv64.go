package power

import (
	"atoll/arch/sbi"
	"atoll/arch/semihost"
)

// Off powers the machine off. The status, one byte on the host, is seen from outside
// only by semihosting. It returns why the firmware did not do it, ErrNotSupported
// where it cannot.
//
//go:nosplit
func Off(status uint64) sbi.Error {
	semihost.Exit(status)
	reason := sbi.NoReason
	if status != 0 {
		reason = sbi.SystemFailure
	}
	return reset(sbi.Shutdown, reason)
}

// Reboot starts the machine afresh, as at power-on. It returns why the firmware did
// not do it, ErrNotSupported where it cannot.
//
//go:nosplit
func Reboot() sbi.Error { return reset(sbi.ColdReboot, sbi.NoReason) }

//go:nosplit
func reset(typ sbi.ResetType, reason sbi.ResetReason) sbi.Error {
	if !sbi.Probe(sbi.ExtSRST) {
		return sbi.ErrNotSupported
	}
	return sbi.Reset(typ, reason)
}

// Halt stops all harts for good as the firmware's legacy shutdown does. It returns
// on firmware without that call, and the machine then goes on.
//
//go:nosplit
func Halt() { sbi.LegacyShutdown() }
