package tty

import "encoding/binary"

// Settings are how a terminal behaves (struct termios, uapi/asm-generic/termbits.h).
type Settings struct {
	Input, Output, Control, Local uint32
	Line                          uint8
	Keys                          [19]uint8
}

// SettingsSize is how many bytes Settings have in a program's memory.
const SettingsSize = 4*4 + 1 + 19

// Flags of input, output and local behaviour.
const (
	iCRNL, iIGNCR, iINLCR                          = 0x100, 0x80, 0x40
	oPOST, oNLCR                                   = 0x1, 0x4
	lISIG, lICANON, lECHO, lECHOE, lECHOK, lECHONL = 0x1, 0x2, 0x8, 0x10, 0x20, 0x40
	lNOFLSH, lTOSTOP, lECHOCTL, lECHOKE, lIEXTEN   = 0x80, 0x100, 0x200, 0x800, 0x8000
	cCS8, cCREAD, cB38400                          = 0x30, 0x80, 0xf
	kINTR, kQUIT, kERASE, kKILL, kEOF, kTIME, kMIN = 0, 1, 2, 3, 4, 5, 6
	kSTART, kSTOP, kSUSP, kEOL, kREPRINT, kDISCARD = 8, 9, 10, 11, 12, 13
	kWERASE, kLNEXT, kEOL2                         = 14, 15, 16
)

// usual are the settings that a terminal begins with.
var usual = Settings{
	Input: iCRNL, Output: oPOST | oNLCR, Control: cCS8 | cCREAD | cB38400,
	Local: lISIG | lICANON | lECHO | lECHOE | lECHOK | lECHOCTL | lECHOKE | lIEXTEN,
	Keys: [19]uint8{
		kINTR: 3, kQUIT: 0x1c, kERASE: 0x7f, kKILL: 0x15, kEOF: 4, kMIN: 1, kSTART: 0x11, kSTOP: 0x13,
		kSUSP: 0x1a, kREPRINT: 0x12, kDISCARD: 0xf, kWERASE: 0x17, kLNEXT: 0x16,
	},
}

// StopsWriters reports whether those who write from the background are stopped (TOSTOP).
func (t *Terminal) StopsWriters() bool { return t.settings.Local&lTOSTOP != 0 }

// Bytes returns the settings as they lie in memory.
func (s *Settings) Bytes() []byte {
	b := make([]byte, 0, SettingsSize)
	for _, v := range []uint32{s.Input, s.Output, s.Control, s.Local} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return append(append(b, s.Line), s.Keys[:]...)
}

// SettingsOf reads settings as they lie in memory; b has SettingsSize bytes.
func SettingsOf(b []byte) (s Settings) {
	for i, to := range []*uint32{&s.Input, &s.Output, &s.Control, &s.Local} {
		*to = binary.LittleEndian.Uint32(b[4*i:])
	}
	s.Line = b[16]
	copy(s.Keys[:], b[17:SettingsSize])
	return s
}
