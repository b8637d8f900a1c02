package sbi

import "unsafe"

// consoleBytes is what one call writes at most: it runs in M-mode until the UART has
// taken it all, 3 ms at 115200 baud, and no interrupt is taken meanwhile.
const consoleBytes = 32

// Console is the firmware's console. Where the firmware has the debug console
// extension (chapter 12) bytes go and come in pieces through this record, which must
// then lie in memory that nobody else writes; else one at a time by the legacy calls
// (chapter 5). What the debug console refuses goes the legacy way, too: firmware may
// have the extension and deny us the memory.
//
// The owner calls it from one context at a time. It holds no pointers.
type Console struct {
	pa  uint64 // physical address of the record, 0 = use the legacy calls
	n   uint64 // bytes of out that wait
	out [consoleBytes]byte
	in  [8]byte
}

// Places of the buffers within the record.
const (
	consoleOut = uint64(unsafe.Offsetof(Console{}.out))
	consoleIn  = uint64(unsafe.Offsetof(Console{}.in))
)

// caller makes an SBI call, as Call does.
type caller func(ext, fid, a0, a1, a2, a3, a4 uint64) (Error, uint64)

// put adds a byte, and writes all that waits if there is no more room or a line ends.
func (k *Console) put(c byte, call caller) {
	k.out[k.n] = c
	if k.n++; c == '\n' || k.n == consoleBytes {
		k.flush(call)
	}
}

// Debug reports whether the debug console is used, and has refused nothing so far.
func (k *Console) Debug() bool { return k.pa != 0 }

// flush writes what waits. The firmware may take less than it is offered, and is asked
// again as long as it takes anything.
func (k *Console) flush(call caller) {
	n, done := k.n, uint64(0)
	k.n = 0
	for k.pa != 0 && done < n {
		err, took := call(ExtDBCN, dbcnWrite, n-done, k.pa+consoleOut+done, 0, 0, 0)
		if err != Success || took == 0 || took > n-done {
			k.pa = 0
			break
		}
		done += took
	}
	for ; done < n; done++ {
		if err, _ := call(ExtLegacyPutchar, 0, uint64(k.out[done]), 0, 0, 0, 0); err != Success {
			call(ExtDBCN, dbcnWriteByte, uint64(k.out[done]), 0, 0, 0, 0)
		}
	}
}

// get returns the next byte typed, or false if there is none.
func (k *Console) get(call caller) (byte, bool) {
	if k.pa != 0 {
		err, came := call(ExtDBCN, dbcnRead, 1, k.pa+consoleIn, 0, 0, 0)
		if err == Success && came <= 1 {
			return k.in[0], came == 1
		}
		k.pa = 0
	}
	c, _ := call(ExtLegacyGetchar, 0, 0, 0, 0, 0, 0)
	return byte(c), c >= 0
}
