package sbi

// Init says that the record lies at a physical address, and asks the firmware what it
// has. The address must stay that of this record.
//
//go:nosplit
func (k *Console) Init(pa uint64) {
	*k = Console{}
	if Probe(ExtDBCN) {
		k.pa = pa
	}
}

// Put writes a byte, which may wait in the record until a line ends or Flush.
func (k *Console) Put(c byte) { k.put(c, Call) }

// Flush writes what waits.
func (k *Console) Flush() { k.flush(Call) }

// Get returns the next byte typed, or false if there is none.
func (k *Console) Get() (byte, bool) { return k.get(Call) }

// ConsolePutchar writes a byte to the firmware's console and may wait for it: by the
// legacy call, which most firmware has, or by the debug console where that is missing.
// It needs no record, for it serves the code that runs before there is one.
//
//go:nosplit
func ConsolePutchar(c byte) {
	if err, _ := Call(ExtLegacyPutchar, 0, uint64(c), 0, 0, 0, 0); err != Success {
		Call(ExtDBCN, dbcnWriteByte, uint64(c), 0, 0, 0, 0)
	}
}
