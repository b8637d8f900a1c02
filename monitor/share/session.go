package share

import (
	"errors"
	"fmt"
	"slices"
	"sync"
	"syscall"
	"time"
)

// Device is what carries messages: a 9P device.
type Device interface {
	Exchange(request, reply []byte, bound time.Duration) (int, error)
	// Life counts how often it has forgotten all that it was told.
	Life() uint64
}

// Bounds.
const (
	// exchangeTime is how long the device may take for a message, askTime how long a client waits: others
	// ask, too.
	exchangeTime = 10 * time.Second
	askTime      = 30 * time.Second

	// MessageSize bounds a message, in bytes.
	MessageSize = 16 << 10

	mostSessions = 255     // the last number would make a fid that is none
	mostFids     = 1 << 11 // of a session
	fidBits      = 24      // of a fid that a session may choose
)

// Errors.
var (
	// ErrLost says that a session has ended: what became of the request is not known.
	ErrLost = errors.New("what became of the request is not known, and the session has ended")
	ErrFull = fmt.Errorf("there are %d sessions with the host's folder already", mostSessions)
)

// Exchanger carries messages of 9P for one user.
type Exchanger interface {
	// Exchange sends a request and returns how long the reply is. It blocks, within a bound.
	Exchange(request, reply []byte) (int, error)
	// Lost reports whether the session is known to have ended.
	Lost() bool
	Close()
}

// Hub is the device's side of all sessions.
type Hub struct {
	mu       sync.Mutex
	d        Device
	spoken   uint64 // in which life of the device the version has been
	sessions [mostSessions]*Session
}

// NewHub returns the hub of a device, without sessions.
func NewHub(d Device) *Hub { return &Hub{d: d} }

// Session is one user of the device.
type Session struct {
	h      *Hub
	number int
	life   uint64
	mu     sync.Mutex
	fids   map[uint32]bool // that the device knows, as it does
	ended  bool
}

// Open begins a session.
func (h *Hub) Open() (*Session, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if err := h.speak(); err != nil {
		return nil, err
	}
	number := slices.Index(h.sessions[:], nil)
	if number < 0 {
		return nil, ErrFull
	}
	s := &Session{h: h, number: number, life: h.spoken, fids: map[uint32]bool{}}
	h.sessions[number] = s
	return s, nil
}

// speak agrees with the device on the version, unless it has in this life.
func (h *Hub) speak() error {
	life := h.d.Life()
	if h.spoken == life {
		return nil
	}
	reply := make([]byte, MessageSize)
	n, err := h.d.Exchange(versionMessage(tversion, 0xffff, MessageSize), reply, exchangeTime)
	if err != nil {
		return err
	}
	if string(reply[:n]) != string(versionMessage(rversion, 0xffff, MessageSize)) {
		return fmt.Errorf("the host's folder does not speak %s in messages of %d bytes", version, MessageSize)
	}
	h.spoken = life
	return nil
}

// Exchange implements Exchanger.
func (s *Session) Exchange(request, reply []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	typ, tag, err := kind(request)
	switch {
	case s.ended || s.life != s.h.d.Life():
		return 0, ErrLost
	case err != nil:
		return copy(reply, refusal(tag, syscall.EINVAL)), nil
	case typ == tversion:
		return copy(reply, versionMessage(rversion, tag, MessageSize)), nil
	}
	m := slices.Clone(request)
	if e := s.translate(m); e != 0 {
		return copy(reply, refusal(tag, e)), nil
	}
	n, err := s.h.d.Exchange(m, reply, exchangeTime)
	if err != nil {
		return 0, fmt.Errorf("%w: %w", err, ErrLost)
	}
	s.note(m, reply[:n])
	return n, nil
}

// Lost implements Exchanger.
func (s *Session) Lost() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ended || s.life != s.h.d.Life()
}

// translate gives the fids of a request the numbers that they have at the device.
func (s *Session) translate(m []byte) syscall.Errno {
	at, err := fids(m)
	if err != nil {
		return syscall.EOPNOTSUPP
	}
	for i, off := range at {
		fid := le.Uint32(m[off:])
		fresh := m[4] == tattach || m[4] == twalk && i == 1
		switch mine := fid | uint32(s.number)<<fidBits; {
		case fid >= 1<<fidBits, !fresh && !s.fids[mine]:
			return syscall.EBADF
		case fresh && len(s.fids) >= mostFids:
			return syscall.ENFILE
		default:
			le.PutUint32(m[off:], mine)
		}
	}
	return 0
}

// note remembers which fids the device knows now.
func (s *Session) note(m, reply []byte) {
	typ, _, err := kind(reply)
	fid := le.Uint32(m[header:])
	switch {
	case m[4] == tclunk || m[4] == tremove: // the device forgets it also with an error
		delete(s.fids, fid)
	case err != nil || typ != m[4]+1:
	case m[4] == tattach:
		s.fids[fid] = true
	case m[4] == twalk && walked(m, reply):
		s.fids[le.Uint32(m[header+4:])] = true
	}
}

// walked reports whether a walk has come to its end: only then is there a new fid.
func walked(m, reply []byte) bool {
	return len(m) >= header+10 && len(reply) >= header+2 && le.Uint16(m[header+8:]) == le.Uint16(reply[header:])
}

// Close ends the session, and has the device forget its fids.
func (s *Session) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended = true
	reply := make([]byte, MessageSize)
	for fid := range s.fids {
		if s.life != s.h.d.Life() {
			break
		}
		if _, err := s.h.d.Exchange(finish(tclunk, 0, le.AppendUint32(nil, fid)), reply, exchangeTime); err != nil {
			break // it has been reset
		}
	}
	s.h.mu.Lock()
	s.h.sessions[s.number] = nil
	s.h.mu.Unlock()
}
