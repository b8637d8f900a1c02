package share

import (
	"encoding/binary"
	"errors"
	"syscall"
)

// Messages of 9P2000.L, as far as they have to be known to keep sessions apart. A message is its size
// in 4 bytes, its type, a tag in 2, and what the type says.
const (
	header = 7

	rlerror   = 7
	tversion  = 100
	rversion  = 101
	tattach   = 104
	twalk     = 110
	rwalk     = 111
	tclunk    = 120
	tremove   = 122
	trenameat = 74

	noFid = 1<<32 - 1
)

// version is what the hub speaks with the device and with sessions.
const version = "9P2000.L"

// fidsOf says where the fids of requests are: how many there are from the header on. Of a Trenameat the second
// follows a string.
var fidsOf = map[uint8]int{
	8: 1, 12: 1, 14: 1, 16: 1, 18: 1, 20: 2, 22: 1, 24: 1, 26: 1, 40: 1, 50: 1, 70: 2, 72: 1, trenameat: 2, 76: 1,
	tattach: 1, twalk: 2, 116: 1, 118: 1, tclunk: 1, tremove: 1,
}

var le = binary.LittleEndian

// errMessage says that a message is none.
var errMessage = errors.New("that is no message of 9P2000.L")

// kind returns the type and the tag of a message.
func kind(m []byte) (typ uint8, tag uint16, err error) {
	if len(m) < header || le.Uint32(m) != uint32(len(m)) {
		return 0, 0, errMessage
	}
	return m[4], le.Uint16(m[5:]), nil
}

// fids returns where the fids of a request are.
func fids(m []byte) (at []int, err error) {
	n, known := fidsOf[m[4]]
	if !known {
		return nil, errMessage
	}
	at = []int{header, header + 4}[:n]
	if m[4] == trenameat && len(m) >= header+6 {
		at[1] = header + 4 + 2 + int(le.Uint16(m[header+4:]))
	}
	if len(m) < at[n-1]+4 || m[4] == tattach && (len(m) < header+8 || le.Uint32(m[header+4:]) != noFid) {
		return nil, errMessage
	}
	return at, nil
}

// finish writes the size and the header before what a message says.
func finish(typ uint8, tag uint16, body []byte) []byte {
	m := le.AppendUint32(nil, uint32(header+len(body)))
	m = append(m, typ)
	m = le.AppendUint16(m, tag)
	return append(m, body...)
}

// refusal is the reply that something cannot be done.
func refusal(tag uint16, e syscall.Errno) []byte {
	return finish(rlerror, tag, le.AppendUint32(nil, uint32(e)))
}

// versionMessage is a request of the version, or its answer.
func versionMessage(typ uint8, tag uint16, size uint32) []byte {
	body := le.AppendUint32(nil, size)
	body = le.AppendUint16(body, uint16(len(version)))
	return finish(typ, tag, append(body, version...))
}
