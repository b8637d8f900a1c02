package console

import (
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// Record is an event with named values in a fixed order. It is printed as a
// fact or as a JSON object, so that the stable names stand in one place.
type Record struct {
	event  string
	fields []field
}

// field is one value, already in text.
type field struct {
	key, text string
	unit      string // "ns", "/s" or none
	quoted    bool   // text is a string, not a number
}

// NewRecord begins a record. Event and keys are lower-case words joined by
// dashes.
func NewRecord(event string) *Record { return &Record{event: event} }

// Int adds a number.
func (r *Record) Int(key string, v int) *Record {
	return r.add(field{key: key, text: strconv.Itoa(v)})
}

// Uint adds a number.
func (r *Record) Uint(key string, v uint64) *Record {
	return r.add(field{key: key, text: strconv.FormatUint(v, 10)})
}

// Dur adds a time in nanoseconds.
func (r *Record) Dur(key string, d time.Duration) *Record {
	return r.add(field{key: key, text: strconv.FormatInt(int64(d), 10), unit: "ns"})
}

// Rate adds a number a second, rounded to whole ones.
func (r *Record) Rate(key string, perSecond float64) *Record {
	return r.add(field{key: key, text: strconv.FormatFloat(perSecond, 'f', 0, 64), unit: "/s"})
}

// Ratio adds a finite number with two decimals.
func (r *Record) Ratio(key string, v float64) *Record {
	return r.add(field{key: key, text: strconv.FormatFloat(v, 'f', 2, 64)})
}

// Str adds a string.
func (r *Record) Str(key, v string) *Record {
	return r.add(field{key: key, text: v, quoted: true})
}

func (r *Record) add(f field) *Record {
	r.fields = append(r.fields, f)
	return r
}

// Fact writes the record as `@<core> <event> key=value ...`, where core is the
// one that prints it. Strings that would not read back as one word are quoted.
func (r *Record) Fact(core int) string {
	var b strings.Builder
	b.WriteString("@" + strconv.Itoa(core) + " " + r.event)
	for _, f := range r.fields {
		text := f.text
		if f.quoted && !word(text) {
			text = strconv.QuoteToASCII(text)
		}
		b.WriteString(" " + f.key + "=" + text + f.unit)
	}
	return b.String()
}

// JSON writes the record as one object on one line. "by" is the core that
// prints it. Dashes in keys become underscores; units become part of the key.
func (r *Record) JSON(core int) string {
	b := []byte(`{"event":`)
	b = appendJSON(b, r.event)
	b = append(b, `,"by":`...)
	b = strconv.AppendInt(b, int64(core), 10)
	for _, f := range r.fields {
		b = append(b, ',')
		b = appendJSON(b, jsonKey(f))
		b = append(b, ':')
		if f.quoted {
			b = appendJSON(b, f.text)
		} else {
			b = append(b, f.text...)
		}
	}
	return string(append(b, '}'))
}

// jsonKey is the key of a field with its unit.
func jsonKey(f field) string {
	key := strings.ReplaceAll(f.key, "-", "_")
	switch f.unit {
	case "ns":
		return key + "_ns"
	case "/s":
		return key + "_per_s"
	}
	return key
}

// word reports whether a string can stand in a fact without quotes.
func word(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == '"' || s[i] == '\\' {
			return false
		}
	}
	return s != ""
}

// appendJSON appends a JSON string (RFC 8259, section 7). Bytes that are not
// UTF-8 become U+FFFD.
func appendJSON(b []byte, s string) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b = append(b, '\\', byte(c))
		case c < ' ' || c == 0x7f:
			b = append(b, '\\', 'u', '0', '0', hex[c>>4], hex[c&15])
		default:
			b = utf8.AppendRune(b, c)
		}
	}
	return append(b, '"')
}
