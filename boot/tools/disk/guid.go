package disk

import (
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"strings"
)

// GUID is a globally unique identifier as it stands on a disk: the first three
// fields little-endian (UEFI appendix A).
type GUID [16]byte

// ParseGUID reads a GUID such as C12A7328-F81F-11D2-BA4B-00A0C93EC93B.
func ParseGUID(s string) (g GUID, err error) {
	b, err := hex.DecodeString(strings.ReplaceAll(s, "-", ""))
	if err != nil || len(b) != len(g) || len(s) != 36 {
		return g, fmt.Errorf("%q is not a GUID", s)
	}
	return fromFields(b), nil
}

// fromFields takes the bytes in the order in which a GUID is written.
func fromFields(b []byte) (g GUID) {
	copy(g[:], b)
	le, be := binary.LittleEndian, binary.BigEndian
	le.PutUint32(g[0:], be.Uint32(b[0:]))
	le.PutUint16(g[4:], be.Uint16(b[4:]))
	le.PutUint16(g[6:], be.Uint16(b[6:]))
	return g
}

// deriveGUID makes a GUID of a name: version 8, whose bits are the maker's own choice
// (RFC 9562, section 5.8).
func deriveGUID(name string) GUID {
	sum := sha256.Sum256([]byte(name))
	sum[6] = sum[6]&0x0f | 0x80
	sum[8] = sum[8]&0x3f | 0x80
	return fromFields(sum[:16])
}

// deriveSerial makes a FAT volume's serial number of a name.
func deriveSerial(name string) uint32 {
	sum := sha256.Sum256([]byte(name))
	return binary.LittleEndian.Uint32(sum[:])
}
