package sbi

// Call makes one SBI call. The firmware's answer stands in err; value has a
// meaning only where err is Success. Legacy functions answer in err alone.
//
//go:noescape
func Call(ext, fid, a0, a1, a2, a3, a4 uint64) (err Error, value uint64)

// All functions below are nosplit because the entry code calls them on a hart
// that has no g, so that a stack check would read through a wild pointer.

// SpecVersion returns the version of the specification that the firmware
// implements: major in bits 24-30, minor below (chapter 4).
//
//go:nosplit
func SpecVersion() uint64 { return base(baseSpecVersion, 0) }

// ImplID returns the implementation id; ImplName names it (chapter 4).
//
//go:nosplit
func ImplID() uint64 { return base(baseImplID, 0) }

// ImplVersion returns the firmware's own version, in its own encoding (chapter 4).
//
//go:nosplit
func ImplVersion() uint64 { return base(baseImplVersion, 0) }

// Probe reports whether the firmware has the extension (chapter 4).
//
//go:nosplit
func Probe(ext uint64) bool { return base(baseProbe, ext) != 0 }

//go:nosplit
func base(fid, arg uint64) uint64 {
	err, value := Call(ExtBase, fid, arg, 0, 0, 0, 0)
	if err != Success {
		return 0
	}
	return value
}

// SetTimer asks for a supervisor timer interrupt when the time CSR reaches the
// value, in ticks of the timebase, and clears a pending one; ^0 asks for none
// (chapter 6).
//
//go:nosplit
func SetTimer(at uint64) Error {
	err, _ := Call(ExtTime, timeSetTimer, at, 0, 0, 0, 0)
	return err
}

// SendIPI raises a supervisor software interrupt on harts base+i for each bit i
// of mask; base AllHarts means every hart (chapter 7).
//
//go:nosplit
func SendIPI(mask, base uint64) Error {
	err, _ := Call(ExtIPI, ipiSend, mask, base, 0, 0, 0)
	return err
}

// RemoteFenceI executes FENCE.I on the harts of the mask (chapter 8).
//
//go:nosplit
func RemoteFenceI(mask, base uint64) Error {
	err, _ := Call(ExtRFence, rfenceFenceI, mask, base, 0, 0, 0)
	return err
}

// RemoteSFenceVMA executes SFENCE.VMA for size bytes from start on the harts of
// the mask; start and size 0, or size ^0, mean the whole address space
// (chapter 8).
//
//go:nosplit
func RemoteSFenceVMA(mask, base, start, size uint64) Error {
	err, _ := Call(ExtRFence, rfenceSFenceVMA, mask, base, start, size, 0)
	return err
}

// HartStart starts a stopped hart at physical address start, in S-mode with the
// MMU and interrupts off, A0 = hart id and A1 = opaque. Success means only that
// the firmware accepted it: a hart without S-mode never arrives (chapter 9).
//
//go:nosplit
func HartStart(hart, start, opaque uint64) Error {
	err, _ := Call(ExtHSM, hsmStart, hart, start, opaque, 0, 0)
	return err
}

// HartStop gives the calling hart back to the firmware, with interrupts off.
// It returns only if that failed (chapter 9).
//
//go:nosplit
func HartStop() Error {
	err, _ := Call(ExtHSM, hsmStop, 0, 0, 0, 0, 0)
	return err
}

// HartStatus returns the state of a hart at some time during the call
// (chapter 9).
//
//go:nosplit
func HartStatus(hart uint64) (HartState, Error) {
	err, value := Call(ExtHSM, hsmStatus, hart, 0, 0, 0, 0)
	return HartState(value), err
}

// Reset resets or powers off the whole system and returns only on failure
// (chapter 10).
//
//go:nosplit
func Reset(typ ResetType, reason ResetReason) Error {
	err, _ := Call(ExtSRST, srstReset, uint64(typ), uint64(reason), 0, 0, 0)
	return err
}

// LegacyShutdown powers the system off where SRST is missing; it may return on
// firmware that cannot (legacy, chapter 5).
//
//go:nosplit
func LegacyShutdown() { Call(ExtLegacyShutdown, 0, 0, 0, 0, 0, 0) }
