package fat

import (
	"strings"
	"syscall"
	"time"
	"unicode/utf16"
	"unicode/utf8"
)

// mostName bounds a name, in UTF-16.
const mostName = 255

// perLong is how many characters an entry of a long name has, and longAt where they are (section 7).
const perLong = 13

var longAt = [perLong]int{1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30}

// checkName says why a name cannot be one here.
func checkName(name string) error {
	switch {
	case len(utf16.Encode([]rune(name))) > mostName:
		return syscall.ENAMETOOLONG
	case !utf8.ValidString(name) || strings.ContainsAny(name, "\"*/:<>?\\|\x7f") || strings.HasSuffix(name, ".") || strings.HasSuffix(name, " "):
		return syscall.EINVAL
	}
	for _, r := range name {
		if r < ' ' {
			return syscall.EINVAL
		}
	}
	return nil
}

// sameName reports whether two names are the same here: case does not matter.
func sameName(a, b string) bool { return strings.EqualFold(a, b) }

// shortOf makes a short name that others do not have, which is as much of a name as there is room for.
func shortOf(name string, taken map[[11]byte]bool) (short [11]byte, err error) {
	base, extension := name, ""
	if i := strings.LastIndexByte(name, '.'); i > 0 {
		base, extension = name[:i], name[i+1:]
	}
	base, extension = plain(base), plain(extension)
	for n := 1; n < 1_000_000; n++ {
		tail := "~" + itoa(n)
		for i := range short {
			short[i] = ' '
		}
		copy(short[:8], base[:min(len(base), 8-len(tail))]+tail)
		copy(short[8:], extension)
		if !taken[short] {
			return short, nil
		}
	}
	return short, syscall.ENOSPC
}

func itoa(n int) string {
	var b []byte
	for ; n > 0; n /= 10 {
		b = append([]byte{byte('0' + n%10)}, b...)
	}
	return string(b)
}

// plain is the letters and digits of a text, in capitals.
func plain(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r >= 'a' && r <= 'z':
			return r - 'a' + 'A'
		case r >= 'A' && r <= 'Z', r >= '0' && r <= '9', r == '_', r == '-':
			return r
		}
		return -1
	}, s)
}

// checksum is that of a short name, which its long name carries.
func checksum(short []byte) (sum byte) {
	for _, c := range short[:11] {
		sum = sum>>1 | sum<<7
		sum += c
	}
	return sum
}

// longEntries are those of a long name, as they stand before the short one.
func longEntries(name string, sum byte) (list [][32]byte) {
	text := utf16.Encode([]rune(name))
	n := (len(text) + perLong - 1) / perLong
	for i := n; i > 0; i-- {
		var e [32]byte
		e[0], e[11], e[13] = byte(i), attrLong, sum
		if i == n {
			e[0] |= lastLong
		}
		for k, at := range longAt {
			c := uint16(0xffff)
			switch p := (i-1)*perLong + k; {
			case p < len(text):
				c = text[p]
			case p == len(text):
				c = 0
			}
			le.PutUint16(e[at:], c)
		}
		list = append(list, e)
	}
	return list
}

// long gathers the entries of a long name.
type long struct {
	text [20 * perLong]uint16
	sum  byte
	next byte // number of the entry that comes next, 0: the name is whole; 0xff: there is none
	all  int
}

// take takes an entry.
func (l *long) take(e []byte) {
	n := e[0] &^ lastLong
	if e[0]&lastLong != 0 {
		*l = long{sum: e[13], next: n, all: int(n) * perLong}
	}
	if n == 0 || n > 20 || n != l.next || e[13] != l.sum {
		l.next = 0xff
		return
	}
	for k, at := range longAt {
		l.text[int(n-1)*perLong+k] = le.Uint16(e[at:])
	}
	l.next--
}

// name returns the name, if there is a whole one for a short name.
func (l *long) name(short []byte) (string, bool) {
	if l.next != 0 || l.all == 0 || l.sum != checksum(short) {
		return "", false
	}
	text := l.text[:l.all]
	for i, c := range text {
		if c == 0 {
			text = text[:i]
			break
		}
	}
	name := string(utf16.Decode(text))
	return name, name != "" && name != "." && name != ".." && !strings.ContainsAny(name, "/\x00")
}

// shortName is a short name as people write it; "" if it is none.
func shortName(e []byte) string {
	trim := func(b []byte, lower byte) string {
		s := strings.TrimRight(string(b), " ")
		if e[12]&lower != 0 {
			s = strings.ToLower(s)
		}
		return s
	}
	name := trim(e[:8], 8)
	if x := trim(e[8:11], 16); x != "" {
		name += "." + x
	}
	if strings.ContainsAny(name, "/\x00") || !utf8.ValidString(name) {
		return ""
	}
	return name
}

// stamp is a time as an entry has it, date and time of day.
func stamp(t time.Time) (date, clock uint16) {
	t = t.UTC()
	if y := t.Year(); y < 1980 || y > 2107 {
		return 1<<5 | 1, 0
	}
	return uint16((t.Year()-1980)<<9 | int(t.Month())<<5 | t.Day()), uint16(t.Hour()<<11 | t.Minute()<<5 | t.Second()/2)
}

// unstamp is the reverse, in nanoseconds since 1970.
func unstamp(date, clock uint16) int64 {
	return time.Date(1980+int(date>>9), time.Month(date>>5&15), int(date&31), int(clock>>11), int(clock>>5&63), int(clock&31)*2, 0, time.UTC).UnixNano()
}
